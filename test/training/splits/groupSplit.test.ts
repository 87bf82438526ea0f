import { expect } from 'chai';
import fc from 'fast-check';
import { proveNoLeak } from '../../../core/training/splits/leakCheck.js';
import { makeSplit } from '../../../core/training/splits/makeSplit.js';
import type { SplitInput } from '../../../core/training/splits/recordings.js';
import { recordings } from '../helpers.js';

const splitBySpeaker = (rows: SplitInput[], { seed }: { seed: number }) =>
  makeSplit(rows, { protocol: 'speaker', seed });

describe('the split by speaker', () => {
  it('keeps every speaker whole and every part filled', () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 30 }), fc.nat(), (speakers, seed) => {
        const rows = recordings({ angry: 90, sad: 60 }, speakers);
        const proof = proveNoLeak(splitBySpeaker(rows, { seed }), rows, 'speaker');
        expect(proof.holds).to.equal(true);
        for (const count of Object.values(proof.speakers)) expect(count).to.be.above(0);
      }),
      { numRuns: 40 },
    );
  });

  it('comes close to the shares where speakers are many', () => {
    const rows = recordings({ angry: 1200, sad: 1200 }, 120);
    const { recordings: counts } = proveNoLeak(splitBySpeaker(rows, { seed: 4 }), rows, 'speaker');
    expect(counts.train / 2400).to.be.closeTo(0.713, 0.01);
    expect(counts.test / 2400).to.be.closeTo(0.155, 0.01);
  });

  it('divides every corpus, not only all of them together', () => {
    const small = recordings({ angry: 40, sad: 40 }, 4).map((row) => ({
      ...row,
      corpus: 'small',
      speaker: `small ${row.speaker}`,
      sha256: `small ${row.sha256}`,
    }));
    const rows = [...recordings({ angry: 600, sad: 600 }, 60), ...small];
    const parts = splitBySpeaker(rows, { seed: 1 }).filter((row) => row.sha256.startsWith('small'));
    expect(parts.filter((row) => row.part === 'train')).to.have.length(60);
  });

  it('chooses other speakers under another seed, and the same under the same', () => {
    const rows = recordings({ angry: 240, sad: 240 }, 24);
    expect(splitBySpeaker([...rows].reverse(), { seed: 1 })).to.deep.equal(splitBySpeaker(rows, { seed: 1 }));
    expect(splitBySpeaker(rows, { seed: 2 })).to.not.deep.equal(splitBySpeaker(rows, { seed: 1 }));
  });

  it('refuses two speakers and recordings of nobody', () => {
    expect(() => splitBySpeaker(recordings({ angry: 9, sad: 9 }, 2), { seed: 0 })).to.throw(/2 speakers.*at least 3/);
    const nameless = recordings({ angry: 9, sad: 9 }).map((row) => ({ ...row, speaker: '' }));
    expect(() => splitBySpeaker(nameless, { seed: 0 })).to.throw(/18 recordings without a known speaker/);
  });

  it('refuses a class that no training speaker has', () => {
    const spoken = { a: 30, b: 30, c: 10, d: 10 };
    const rows = Object.entries(spoken).flatMap(([speaker, count]) =>
      recordings({ angry: count, calm: count }).map((row, index) => ({
        ...row,
        speaker,
        sha256: `${speaker}${index}`,
      })),
    );
    const only = rows.map((row) => (row.emotion === 'calm' ? { ...row, emotion: `calm-${row.speaker}` } : row));
    expect(() => splitBySpeaker(only, { seed: 0 })).to.throw(/no speaker of the training part/);
  });
});

describe('the leak check', () => {
  const rows = recordings({ angry: 40, sad: 40 }, 4);
  const split = makeSplit(rows, { protocol: 'random', seed: 0 });

  it('holds for a split of its protocol, and counts the speakers a random split shares', () => {
    const proof = proveNoLeak(split, rows, 'random');
    expect(proof).to.include({ protocol: 'random', holds: true });
    expect(proof.sharedSpeakers).to.have.length(4);
    expect(proveNoLeak(split, rows, 'speaker').holds).to.equal(false);
  });

  it('fails for a recording in two parts, one in none, and one of another catalogue', () => {
    const [first, ...rest] = split;
    const moved = { ...first!, part: first!.part === 'test' ? ('train' as const) : ('test' as const) };
    expect(proveNoLeak([...split, moved], rows, 'random').sharedRecordings).to.deep.equal([first!.sha256]);
    expect(proveNoLeak(rest, rows, 'random')).to.deep.include({ holds: false, unassigned: [first!.sha256] });
    expect(proveNoLeak([...split, { ...first!, sha256: 'x' }], rows, 'random')).to.deep.include({
      holds: false,
      unknown: ['x'],
    });
  });
});
