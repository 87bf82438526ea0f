import { expect } from 'chai';
import fc from 'fast-check';
import type { SplitProtocol } from '../../../core/contracts/splits.js';
import type { SplitRow } from '../../../core/contracts/utterance.js';
import { proveNoLeak } from '../../../core/training/splits/leakCheck.js';
import { makeSplit } from '../../../core/training/splits/makeSplit.js';
import type { SplitInput } from '../../../core/training/splits/recordings.js';
import { recordings } from '../helpers.js';

/** As many recordings of each corpus as of any other, with speakers and sentences of its own. */
function corpora(names: string[], counts: Parameters<typeof recordings>[0], speakers = 6, sentences = 5): SplitInput[] {
  return names.flatMap((corpus) =>
    recordings(counts, speakers, sentences).map((row) => {
      return { ...row, corpus, speaker: `${corpus} ${row.speaker}`, sha256: `${corpus} ${row.sha256}` };
    }),
  );
}

function foldsOf(rows: SplitInput[], protocol: SplitProtocol, of: number, seed = 0): SplitRow[][] {
  return Array.from({ length: of }, (_, index) => makeSplit(rows, { protocol, seed, fold: { index, of } }));
}

const tested = (split: SplitRow[]) => split.filter(({ part }) => part === 'test').map(({ sha256 }) => sha256);

describe('the folds of a cross-validation', () => {
  it('test every recording once, leak nothing and have all three parts, under every protocol', () => {
    const protocol = fc.constantFrom<SplitProtocol>('random', 'speaker', 'sentence', 'corpus');
    fc.assert(
      fc.property(protocol, fc.integer({ min: 2, max: 4 }), fc.nat(), (name, of, seed) => {
        const rows = corpora(['a', 'b', 'c', 'd'], { angry: 30, sad: 24, calm: 18 });
        const folds = foldsOf(rows, name, of, seed);
        expect(folds.flatMap(tested).sort()).to.deep.equal(rows.map(({ sha256 }) => sha256).sort());
        for (const split of folds) {
          const proof = proveNoLeak(split, rows, name);
          expect(proof.holds, JSON.stringify(proof)).to.equal(true);
          for (const count of Object.values(proof.recordings)) expect(count).to.be.above(0);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('differ in size by one file at most where files are single, also within a class', () => {
    const rows = recordings({ angry: 97, calm: 41, sad: 50 });
    const folds = foldsOf(rows, 'random', 6);
    const spread = (sizes: number[]) => Math.max(...sizes) - Math.min(...sizes);
    expect(spread(folds.map((split) => tested(split).length))).to.be.at.most(1);
    for (const emotion of ['angry', 'calm', 'sad']) {
      const sizes = folds.map((split) => split.filter((row) => row.part === 'test' && row.emotion === emotion).length);
      expect(spread(sizes), emotion).to.be.at.most(1);
    }
  });

  it('are of one size where speakers are', () => {
    const sizes = foldsOf(recordings({ angry: 120, sad: 120 }, 12), 'speaker', 6).map((split) => tested(split).length);
    expect(sizes).to.deep.equal([40, 40, 40, 40, 40, 40]);
  });

  it('balance sizes though one corpus has two speakers for a quarter of all recordings', () => {
    const few = corpora(['few'], { angry: 150, sad: 150 }, 2);
    const sizes = foldsOf([...few, ...corpora(['many'], { angry: 450, sad: 450 }, 90)], 'speaker', 6).map(
      (split) => tested(split).length,
    );
    for (const size of sizes) expect(size).to.be.within(180, 220);
  });

  it('keep whole speakers out for validation, or whole sentences where three are left', () => {
    const rows = corpora(['a', 'b'], { angry: 60, sad: 60 }, 6, 4);
    for (const protocol of ['speaker', 'sentence'] as const) {
      for (const split of foldsOf(rows, protocol, 4)) {
        expect(proveNoLeak(split, rows, protocol).sharedWithValidation, protocol).to.deep.equal([]);
      }
    }
  });

  it('validate on recordings of the training sentence where there is but one', () => {
    const rows = recordings({ angry: 48, sad: 48 }, 12, 2);
    for (const split of foldsOf(rows, 'sentence', 2)) {
      const proof = proveNoLeak(split, rows, 'sentence');
      expect(proof.holds).to.equal(true);
      expect(proof.sharedWithValidation).to.have.length(1);
    }
  });

  it('move few files when the data grow', () => {
    const rows = recordings({ angry: 96, sad: 96 });
    const more = recordings({ angry: 100, sad: 96 });
    const foldOf = (folds: SplitRow[][]) =>
      new Map(folds.flatMap((split, fold) => tested(split).map((name) => [name, fold])));
    const [before, after] = [foldOf(foldsOf(rows, 'random', 6)), foldOf(foldsOf(more, 'random', 6))];
    expect([...before].filter(([name, fold]) => after.get(name) !== fold).length).to.be.at.most(30);
  });

  it('do not depend on the order of the catalogue, and do on the seed', () => {
    const rows = corpora(['a', 'b', 'c'], { angry: 30, sad: 24 });
    for (const protocol of ['random', 'speaker', 'sentence'] as const) {
      expect(foldsOf([...rows].reverse(), protocol, 3), protocol).to.deep.equal(foldsOf(rows, protocol, 3));
      expect(foldsOf(rows, protocol, 3, 1), protocol).not.to.deep.equal(foldsOf(rows, protocol, 3));
    }
  });

  it('are refused where there are more of them than speakers, or too few speakers to train and validate on', () => {
    const rows = recordings({ angry: 20, sad: 20 }, 3);
    expect(() => foldsOf(rows, 'speaker', 4)).to.throw(/got 4 folds for 3 speakers/);
    expect(() => foldsOf(rows, 'speaker', 2)).to.throw(/leave 1 speaker to train and validate on/);
  });

  it('are refused for a class of two files, and may each lack a class of three', () => {
    expect(() => foldsOf(recordings({ angry: 20, calm: 2 }), 'random', 6)).to.throw(/calm: .*2 usable recordings/);
    const folds = foldsOf(recordings({ angry: 20, calm: 3 }), 'random', 6);
    const calm = folds.map((split) => split.filter((row) => row.part === 'test' && row.emotion === 'calm').length);
    expect(calm.sort()).to.deep.equal([0, 0, 0, 1, 1, 1]);
    for (const split of folds) {
      expect(split.filter((row) => row.part === 'train' && row.emotion === 'calm').length).to.be.above(0);
    }
  });
});

describe('a class that one speaker alone has', () => {
  const common = recordings({ angry: 60, sad: 60 }, 6);
  const rows = [...common, ...recordings({ calm: 8 }, 1)];

  it('is in no part of the fold that tests this speaker, and says so', () => {
    const proofs = foldsOf(rows, 'speaker', 3).map((split) => proveNoLeak(split, rows, 'speaker'));
    expect(proofs.every(({ holds }) => holds)).to.equal(true);
    expect(proofs.filter(({ leftOut }) => leftOut.length === 8)).to.have.length(1);
    expect(proofs.every(({ unassigned }) => unassigned.length === 0)).to.equal(true);
  });

  it('is no excuse for a recording of another class in no part', () => {
    const [split] = foldsOf(rows, 'speaker', 3) as [SplitRow[]];
    const lost = split.find(({ part, emotion }) => part === 'test' && emotion === 'sad')!;
    const proof = proveNoLeak(
      split.filter((row) => row !== lost),
      rows,
      'speaker',
    );
    expect(proof).to.deep.include({ holds: false, unassigned: [lost.sha256] });
  });
});

describe('the split by corpus', () => {
  const rows = corpora(['a', 'b', 'c'], { angry: 20, sad: 20 });
  const corpusOf = new Map(rows.map(({ sha256, corpus }) => [sha256, corpus]));
  const testedCorpora = (split: SplitRow[]) => [...new Set(tested(split).map((sha256) => corpusOf.get(sha256)))];

  it('tests on the corpus that is named, else on one by the seed', () => {
    expect(testedCorpora(makeSplit(rows, { protocol: 'corpus', seed: 0, leaveOut: 'b' }))).to.deep.equal(['b']);
    const chosen = [0, 1, 2, 3, 4, 5].flatMap((seed) => testedCorpora(makeSplit(rows, { protocol: 'corpus', seed })));
    expect(new Set(chosen).size).to.be.above(1);
  });

  it('validates on speakers that are not trained on, or on recordings where speakers are few', () => {
    const many = makeSplit(rows, { protocol: 'corpus', seed: 0 });
    const few = corpora(['a', 'b'], { angry: 20, sad: 20 }, 2);
    expect(proveNoLeak(many, rows, 'speaker').sharedWithValidation).to.deep.equal([]);
    expect(proveNoLeak(makeSplit(few, { protocol: 'corpus', seed: 0 }), few, 'corpus')).to.deep.include({
      holds: true,
      speakers: { train: 2, validation: 2, test: 2 },
    });
  });

  it('refuses one corpus alone, and a corpus that is none of them', () => {
    expect(() => makeSplit(recordings({ angry: 9, sad: 9 }), { protocol: 'corpus', seed: 0 })).to.throw(
      /found 1 corpus/,
    );
    expect(() => makeSplit(rows, { protocol: 'corpus', seed: 0, leaveOut: 'x' }))
      .to.throw(/--leave-out: got "x"/)
      .with.property('remedy', 'The data have a, b, c.');
  });

  it('fails its proof when a recording of the left-out corpus is trained on', () => {
    const split = makeSplit(rows, { protocol: 'corpus', seed: 0, leaveOut: 'b' });
    const leaking = split.map((row, index) =>
      index === split.findIndex(({ part }) => part === 'test') ? { ...row, part: 'train' as const } : row,
    );
    expect(proveNoLeak(leaking, rows, 'corpus')).to.deep.include({ holds: false, sharedWithTest: ['b'] });
  });
});

describe('the split by sentence', () => {
  it('keeps sentences of the same code apart by corpus, and refuses recordings of nobody knows which', () => {
    const rows = corpora(['a', 'b'], { angry: 60, sad: 60 }, 6, 4);
    expect(proveNoLeak(makeSplit(rows, { protocol: 'sentence', seed: 0 }), rows, 'sentence').holds).to.equal(true);
    const unknown = rows.map((row) => ({ ...row, sentence: '' }));
    expect(() => makeSplit(unknown, { protocol: 'sentence', seed: 0 })).to.throw(
      /240 recordings without a known sentence/,
    );
  });

  it('fails its proof when one of its sentences is trained on too', () => {
    const rows = recordings({ angry: 60, sad: 60 }, 6, 5);
    const random = makeSplit(rows, { protocol: 'random', seed: 0 });
    expect(proveNoLeak(random, rows, 'sentence').holds).to.equal(false);
  });
});
