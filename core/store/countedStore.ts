import type { ObjectStore } from './objectStore.js';

/** What some work has asked of a store. */
export type StoreUse = {
  calls: number;
  /** Of objects that were read and written whole. */
  readBytes: number;
  writtenBytes: number;
  /** How long calls took, in sum: more than went by where several were under way. */
  seconds: number;
};

export function noUse(): StoreUse {
  return { calls: 0, readBytes: 0, writtenBytes: 0, seconds: 0 };
}

/** Adds what one part of some work has asked to what the others have. */
export function addUse(total: StoreUse, part: StoreUse): void {
  total.calls += part.calls;
  total.readBytes += part.readBytes;
  total.writtenBytes += part.writtenBytes;
  total.seconds += part.seconds;
}

/**
 * A store that counts what is asked of it.
 *
 * @param current whose call it is; it is not counted when that is nobody
 */
export function countedStore(store: ObjectStore, current: () => StoreUse | undefined): ObjectStore {
  async function counted<T>(call: () => Promise<T>, moved: (result: T) => Partial<StoreUse> = () => ({})): Promise<T> {
    const use = current();
    if (use === undefined) return call();
    const started = performance.now();
    let part: Partial<StoreUse> = {};
    try {
      const result = await call();
      part = moved(result);
      return result;
    } finally {
      addUse(use, { ...noUse(), calls: 1, ...part, seconds: (performance.now() - started) / 1000 });
    }
  }
  const written = (info: { sizeBytes: number } | undefined) => ({ writtenBytes: info?.sizeBytes ?? 0 });

  return {
    url: store.url,
    get: (...request) =>
      counted(
        () => store.get(...request),
        (bytes) => ({ readBytes: bytes?.length ?? 0 }),
      ),
    head: (...request) => counted(() => store.head(...request)),
    put: (...request) => counted(() => store.put(...request), written),
    putFile: (...request) => counted(() => store.putFile(...request), written),
    putIf: (...request) => counted(() => store.putIf(...request), written),
    delete: (...request) => counted(() => store.delete(...request)),
    leftovers: (...request) => counted(() => store.leftovers(...request)),
    list(prefix) {
      const use = current();
      if (use !== undefined) addUse(use, { ...noUse(), calls: 1 });
      return store.list(prefix);
    },
  };
}
