import { createHash } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { planShards, type Shard } from '../../core/corpora/shards.js';

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');
const recordings = (corpus: string, count: number): { corpus: string; sha256: string }[] =>
  Array.from({ length: count }, (_, index) => ({ corpus, sha256: hashOf(`${corpus} ${index}`) }));
const contents = (shards: Shard[]): Set<string> => new Set(shards.map(({ sha256s }) => sha256s.join()));

/** Uniform as real ones, and crowded under few prefixes as real ones never are. */
const sha256 = fc.oneof(
  fc.string({ minLength: 1 }).map(hashOf),
  fc
    .tuple(fc.constantFrom('0', 'f', '7f', '80'), fc.string())
    .map(([head, text]) => head + hashOf(text).slice(head.length)),
);
const hashes = fc.uniqueArray(sha256, { maxLength: 120 });
const meanSize = fc.integer({ min: 1, max: 20 });

describe('planShards', () => {
  it('puts every recording into one shard, in order of its hash, within its corpus', () => {
    fc.assert(
      fc.property(hashes, meanSize, (all, mean) => {
        const rows = all.map((hash, index) => ({ corpus: index % 3 === 0 ? 'A' : 'B', sha256: hash }));
        const shards = planShards(rows, { meanSize: mean });
        for (const corpus of ['A', 'B']) {
          const mine = rows.filter((row) => row.corpus === corpus).map((row) => row.sha256);
          const planned = shards.filter((shard) => shard.corpus === corpus).flatMap((shard) => shard.sha256s);
          expect(planned).to.deep.equal(mine.sort());
        }
      }),
    );
  });

  it('changes one shard, at most by halving it, when a recording is added, and no other', () => {
    fc.assert(
      fc.property(hashes, sha256, meanSize, (all, added, mean) => {
        fc.pre(!all.includes(added));
        const row = (hash: string): { corpus: string; sha256: string } => ({ corpus: 'A', sha256: hash });
        const before = contents(planShards(all.map(row), { meanSize: mean }));
        const after = contents(planShards([...all, added].map(row), { meanSize: mean }));
        expect([...before].filter((shard) => !after.has(shard)).length).to.be.at.most(1);
      }),
    );
  });

  it('does not depend on the order of the recordings nor on what else is there', () => {
    const ours = recordings('TESS', 700);
    const alone = planShards(ours, { meanSize: 64 });
    const mixed = planShards([...recordings('CREMA-D', 300), ...ours.toReversed()], { meanSize: 64 });
    expect(mixed.filter(({ corpus }) => corpus === 'TESS')).to.deep.equal(alone);
  });

  it('cuts corpora of the real sizes into shards near the mean', () => {
    const sizes = { 'CREMA-D': 7442, RAVDESS: 1440, TESS: 2800, SAVEE: 480 };
    const rows = Object.entries(sizes).flatMap(([corpus, count]) => recordings(corpus, count));
    const shards = planShards(rows, { meanSize: 64 }).map(({ sha256s }) => sha256s.length);
    expect(Math.max(...shards)).to.be.at.most(96);
    expect(Math.min(...shards)).to.be.at.least(24);
    expect(12_162 / shards.length).to.be.within(52, 76);
  });

  it('takes a recording that is named twice once', () => {
    const twice = [...recordings('A', 3), ...recordings('A', 3)];
    expect(planShards(twice, { meanSize: 1 }).flatMap(({ sha256s }) => sha256s)).to.have.length(3);
  });

  it('has no shards for no recordings', () => {
    expect(planShards([], { meanSize: 64 })).to.deep.equal([]);
  });
});
