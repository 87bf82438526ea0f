import { dirname, sep } from 'node:path';
import { createRequire } from 'node:module';
import type * as tensorflow from '@tensorflow/tfjs-core';
import { SerError, messageOf } from '../contracts/errors.js';
import type { BackendName } from './trainer.js';

/** The core's functions; the module itself is only loaded when a training asks for it. */
export type TensorFlow = typeof tensorflow;

export type TensorFlowBackend = Exclude<BackendName, 'fused'>;

/**
 * Loads TensorFlow.js with one backend and makes that the thread's current one, so a thread trains one network at a
 * time. `node` and `node-gpu` are optional packages that
 * bring a native library; the others always come along.
 *
 * @throws SerError `BadConfig` when the backend cannot be had here, with the reason
 */
export async function loadTensorFlow(backend: TensorFlowBackend): Promise<TensorFlow> {
  try {
    if (backend === 'node-gpu' || backend === 'node') return await loadNative(backend);
    return await loadPortable(backend);
  } catch (error) {
    throw new SerError('BadConfig', reasonOf(error), `backend ${backend}`, 'choose another by --backend', {
      cause: error,
    });
  }
}

/** The native packages bring a copy of the core with their backend registered in it. */
async function loadNative(backend: 'node' | 'node-gpu'): Promise<TensorFlow> {
  restoreUtilities();
  const name: string = `@tensorflow/tfjs-${backend}`;
  const module = (await import(name)) as { default?: TensorFlow } & TensorFlow;
  const tf = module.default ?? module;
  await tf.setBackend('tensorflow');
  const { isUsingGpuDevice } = tf.backend() as { isUsingGpuDevice?: boolean };
  if (backend === 'node-gpu' && isUsingGpuDevice !== true) throw new Error('it sees no GPU');
  return tf;
}

/** The native packages still call two functions that Node 23 took out of `util`. */
function restoreUtilities(): void {
  const util = createRequire(import.meta.url)('node:util') as Record<string, unknown>;
  util['isArray'] ??= Array.isArray;
  util['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
}

async function loadPortable(backend: 'wasm' | 'cpu'): Promise<TensorFlow> {
  const tf = await import('@tensorflow/tfjs-core');
  await import('@tensorflow/tfjs-layers'); // registers the gradients, which the core leaves out under Node
  if (backend === 'cpu') await import('@tensorflow/tfjs-backend-cpu');
  else {
    const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
    const entry = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
    setWasmPaths(dirname(entry) + sep);
  }
  tf.enableProdMode(); // no advertisement on the console
  const started = await withoutNewListeners(() => tf.setBackend(backend));
  if (!started) throw new Error('it did not start');
  return tf;
}

/** Emscripten's loader hooks itself into the process's own error handling; a worker must not depend on that. */
async function withoutNewListeners<Result>(start: () => Promise<Result>): Promise<Result> {
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const before = events.map((event) => new Set(process.rawListeners(event)));
  const result = await start();
  events.forEach((event, index) => {
    for (const listener of process.rawListeners(event)) {
      if (before[index]?.has(listener) !== true) process.removeListener(event, listener as () => void);
    }
  });
  return result;
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') return 'not installed';
  return messageOf(error).split('\n')[0] ?? '';
}
