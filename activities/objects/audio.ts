import type { Utterance } from '../../core/contracts/utterance.js';
import type { ObjectStore } from '../../core/store/objectStore.js';

/** Where a recording lies in the store: under its hash, with the extension of its name. */
export function audioKey({ sha256, path }: Pick<Utterance, 'sha256' | 'path'>): string {
  const extension = /\.([a-z0-9]{1,5})$/i.exec(path)?.[1]?.toLowerCase() ?? 'bin';
  return `audio/${sha256}.${extension}`;
}

/** Sizes of the recordings that the store holds, by key; a recording's name is its hash, so one of its size is never sent again. */
export async function sizesOfAudio(store: ObjectStore): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  for await (const { key, sizeBytes } of store.list('audio/')) sizes.set(key, sizeBytes);
  return sizes;
}
