import { randomUUID } from 'node:crypto';

/** The recordings that a store holds, in memory that all threads see: a list for each would be asked of the store as often. */
export type StandingAudio = {
  id: string;
  /** JSON of pairs of key and size. */
  text: SharedArrayBuffer;
};

/** @param sizes sizes of the recordings, by key */
export function shareStanding(sizes: ReadonlyMap<string, number>): StandingAudio {
  const bytes = Buffer.from(JSON.stringify([...sizes]));
  const text = new SharedArrayBuffer(bytes.length);
  new Uint8Array(text).set(bytes);
  return { id: randomUUID(), text };
}

let latest: { id: string; sizes: ReadonlyMap<string, number> } | undefined;

/** What was shared; read once by each thread. */
export function sizesOfStanding({ id, text }: StandingAudio): ReadonlyMap<string, number> {
  if (latest?.id !== id) {
    latest = { id, sizes: new Map(JSON.parse(Buffer.from(text).toString()) as [string, number][]) };
  }
  return latest.sizes;
}
