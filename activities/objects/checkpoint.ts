import { sha256Of } from '../../core/store/keys.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { decodeTrainingState, encodeTrainingState, type TrainingState } from '../../core/training/trainingState.js';

const HASH_BYTES = 32;

/** Where the state of an unfinished training lies; gone once the model's manifest stands. */
export function checkpointKey(modelKey: string): string {
  return `checkpoints/${modelKey}/state.bin`;
}

/** A state with its SHA-256 in front: what decayed in the store is told from what was written. */
export function sealState(state: TrainingState): Uint8Array<ArrayBuffer> {
  const bytes = encodeTrainingState(state);
  const sealed = new Uint8Array(HASH_BYTES + bytes.byteLength);
  sealed.set(Buffer.from(sha256Of(bytes), 'hex'));
  sealed.set(bytes, HASH_BYTES);
  return sealed;
}

/** Where an earlier attempt at a model was when it ended; undefined when there is none, or none that is sound. */
export async function readCheckpoint(store: ObjectStore, modelKey: string): Promise<TrainingState | undefined> {
  const sealed = await store.get(checkpointKey(modelKey));
  if (sealed === undefined) return undefined;
  const bytes = sealed.subarray(HASH_BYTES);
  if (sha256Of(bytes) !== Buffer.from(sealed.subarray(0, HASH_BYTES)).toString('hex')) return undefined;
  return decodeTrainingState(bytes);
}

/** Keeps the newest state of one training in the store, beside the training. */
export type CheckpointKeeper = {
  /** Takes a sealed state and returns at once; of states that come faster than the store takes them, the last is kept. */
  keep(sealed: Uint8Array): void;
  /** Removes the state; nothing is written afterwards. */
  remove(): Promise<void>;
};

/** A state that could not be kept costs some epochs if the worker dies, and nothing else: the training goes on. */
export function createCheckpointKeeper(store: ObjectStore, modelKey: string): CheckpointKeeper {
  const key = checkpointKey(modelKey);
  let newest: Uint8Array | undefined;
  let writing: Promise<void> | undefined;

  async function writeNewest(): Promise<void> {
    while (newest !== undefined) {
      const sealed = newest;
      newest = undefined;
      await store.put(key, sealed).catch(() => undefined);
    }
    writing = undefined;
  }

  return {
    keep(sealed) {
      newest = sealed;
      writing ??= writeNewest();
    },
    async remove() {
      newest = undefined;
      await writing;
      await store.delete(key);
    },
  };
}
