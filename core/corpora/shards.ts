import type { Utterance } from '../contracts/utterance.js';

/** Recordings of one corpus that are extracted together. */
export type Shard = {
  corpus: string;
  /** The leading bits that the hashes of its recordings have in common, and that no recording outside of it has. */
  prefix: string;
  /** Ascending. */
  sha256s: string[];
};

/** The largest shard holds this many times the mean. */
const MAX_OVER_MEAN = 1.5;

/**
 * Cuts each corpus into shards by the recordings' own hashes: a corpus is halved by the first bit of the hash, each half
 * by the next, until no part holds more than 1.5 times the mean. Hashes are uniform, so shards hold about 0.75 to 1.5 times the
 * mean, nearly equal within a corpus.
 *
 * A cut depends on nothing but how many recordings share a prefix. So a new recording changes the one shard it falls
 * into, which is halved if it has grown too large, and what else the catalogue holds, the order of the input, machines
 * and threads do not count.
 *
 * @returns by corpus name, then by hash
 */
export function planShards(
  recordings: Iterable<Pick<Utterance, 'corpus' | 'sha256'>>,
  { meanSize }: { meanSize: number },
): Shard[] {
  const byCorpus = new Map<string, Set<string>>();
  for (const { corpus, sha256 } of recordings) {
    const hashes = byCorpus.get(corpus);
    if (hashes === undefined) byCorpus.set(corpus, new Set([sha256]));
    else hashes.add(sha256);
  }
  const maxSize = Math.max(1, Math.round(meanSize * MAX_OVER_MEAN));
  return [...byCorpus.keys()]
    .sort()
    .flatMap((corpus) => halve(corpus, '', [...(byCorpus.get(corpus) ?? [])].sort(), maxSize));
}

function halve(corpus: string, prefix: string, sha256s: string[], maxSize: number): Shard[] {
  if (sha256s.length === 0) return [];
  if (sha256s.length <= maxSize) return [{ corpus, prefix, sha256s }];
  const firstOne = sha256s.findIndex((sha256) => bitOf(sha256, prefix.length) === 1);
  const cut = firstOne < 0 ? sha256s.length : firstOne;
  return [
    ...halve(corpus, `${prefix}0`, sha256s.slice(0, cut), maxSize),
    ...halve(corpus, `${prefix}1`, sha256s.slice(cut), maxSize),
  ];
}

/** A bit of a hexadecimal number, counted from its most significant one. */
function bitOf(hex: string, index: number): number {
  return (Number.parseInt(hex[index >> 2] ?? '0', 16) >> (3 - (index & 3))) & 1;
}
