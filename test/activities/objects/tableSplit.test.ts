import { expect } from 'chai';
import { splitOfTable } from '../../../activities/objects/tableSplit.js';
import type { Part, Utterance } from '../../../core/contracts/utterance.js';
import { failureOf } from '../../support/failureOf.js';

const row = (sha256: string, split: Part | '', emotion = 'happy') => ({ sha256, emotion, split }) as Utterance;

describe('the split of a user’s table', () => {
  it('is taken row by row, with the emotion of each', () => {
    const rows = [row('a', 'test', 'sad'), row('b', 'train'), row('c', 'validation')];
    expect(splitOfTable(rows)).to.deep.equal({
      given: [
        { sha256: 'a', emotion: 'sad', part: 'test' },
        { sha256: 'b', emotion: 'happy', part: 'train' },
        { sha256: 'c', emotion: 'happy', part: 'validation' },
      ],
      rest: [],
    });
  });

  it('leaves to the protocol what it says nothing of, though a part be empty', () => {
    const rows = [row('a', 'test'), row('b', ''), row('c', '')];
    const { given, rest } = splitOfTable(rows);
    expect(given.map(({ sha256 }) => sha256)).to.deep.equal(['a']);
    expect(rest).to.deep.equal(rows.slice(1));
  });

  it('is none where no row has a part', () => {
    const rows = [row('a', ''), row('b', '')];
    expect(splitOfTable(rows)).to.deep.equal({ given: [], rest: rows });
    expect(splitOfTable([])).to.deep.equal({ given: [], rest: [] });
  });

  for (const empty of ['train', 'validation', 'test'] as const) {
    it(`is refused when it gives every row a part and none to ${empty}`, async () => {
      const rows = (['train', 'validation', 'test'] as const)
        .filter((part) => part !== empty)
        .map((part) => row(part, part));
      const failure = await failureOf(() => splitOfTable(rows));
      expect(failure).to.include({
        kind: 'DataRefused',
        what: `the split of the table has no ${empty} part`,
        subject: 'split',
      });
      expect(failure.remedy).to.contain(`as ${empty}`);
    });
  }
});
