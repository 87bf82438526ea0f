import { SerError } from '../../core/contracts/errors.js';
import { sha256Of } from '../../core/store/keys.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { decodeTrainingState, encodeTrainingState, type TrainingState } from '../../core/training/trainingState.js';

const HASH_BYTES = 32;

/**
 * Where the state of an unfinished training lies; gone once the model's manifest stands.
 *
 * @param network of an ensemble, from 0
 */
export function checkpointKey(modelKey: string, network = 0): string {
  return `checkpoints/${modelKey}/${network === 0 ? 'state' : `state-${network}`}.bin`;
}

/** A state with its SHA-256 in front: what decayed in the store is told from what was written. */
export function sealState(state: TrainingState): Uint8Array<ArrayBuffer> {
  const bytes = encodeTrainingState(state);
  const sealed = new Uint8Array(HASH_BYTES + bytes.byteLength);
  sealed.set(Buffer.from(sha256Of(bytes), 'hex'));
  sealed.set(bytes, HASH_BYTES);
  return sealed;
}

/** Where an earlier attempt at a network was when it ended; undefined when there is none, or none that is sound. */
export async function readCheckpoint(
  store: ObjectStore,
  modelKey: string,
  network = 0,
): Promise<TrainingState | undefined> {
  const sealed = await store.get(checkpointKey(modelKey, network));
  if (sealed === undefined) return undefined;
  const bytes = sealed.subarray(HASH_BYTES);
  if (sha256Of(bytes) !== Buffer.from(sealed.subarray(0, HASH_BYTES)).toString('hex')) return undefined;
  try {
    return decodeTrainingState(bytes);
  } catch (error) {
    if (error instanceof SerError && error.kind === 'Incompatible') return undefined; // an earlier build wrote it
    throw error;
  }
}

/** Keeps the newest state of each network of a model in the store, beside the training. */
export type CheckpointKeeper = {
  /** Takes a sealed state and returns at once; of states that come faster than the store takes them, the last is kept. */
  keep(network: number, sealed: Uint8Array): void;
  /** Removes all states; nothing is written afterwards. */
  remove(): Promise<void>;
};

/** A state that could not be kept costs some epochs if the worker dies, and nothing else: the training goes on. */
export function createCheckpointKeeper(store: ObjectStore, modelKey: string): CheckpointKeeper {
  const newest = new Map<number, Uint8Array>();
  let writing: Promise<void> | undefined;

  async function writeNewest(): Promise<void> {
    for (const [network, sealed] of newest) {
      newest.delete(network);
      await store.put(checkpointKey(modelKey, network), sealed).catch(() => undefined);
    }
    writing = undefined;
  }

  return {
    keep(network, sealed) {
      newest.set(network, sealed);
      writing ??= writeNewest();
    },
    async remove() {
      newest.clear();
      await writing;
      for await (const { key } of store.list(`checkpoints/${modelKey}/`)) await store.delete(key);
    },
  };
}
