import { SerError } from '../contracts/errors.js';
import { fit } from './fit.js';
import { loadTensorFlow } from './tensorflow.js';
import { createTensorFlowEngine } from './tensorflowEngine.js';
import { BACKENDS } from './trainer.js';
import type { BackendName, Trainer } from './trainer.js';

export function createTrainer(backend: BackendName): Trainer {
  if (backend === 'fused') throw new SerError('BadConfig', 'not yet', 'fused');
  return {
    backend,
    async train(data, parameters, hooks) {
      const tf = await loadTensorFlow(backend);
      return fit(backend, (shape) => createTensorFlowEngine(tf, shape, data, parameters), data, parameters, hooks);
    },
  };
}
export { BACKENDS };
