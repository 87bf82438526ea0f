// A worker thread that trains what it is given and answers with the weights.
import { register } from 'tsx/esm/api';
import { parentPort, workerData } from 'node:worker_threads';

register();
const { createTrainer } = await import('../../core/training/backends.ts');
const { backend, data, parameters } = workerData;
const trained = await createTrainer(backend).train(data, parameters);
parentPort.postMessage(trained.weights.parameters);
