import { expect } from 'chai';
import { EXIT, exitCodeOf, exitCodeOfKind } from '../../client/exitCodes.js';
import { errorLines } from '../../client/terminal.js';
import { type ErrorKind, SerError } from '../../core/contracts/errors.js';

const CODES: Record<ErrorKind, number> = {
  BadInput: 4,
  DataRefused: 4,
  BadConfig: 2,
  Incompatible: 2,
  StoreUnavailable: 3,
  Unreachable: 3,
  Cancelled: 1,
};

describe('the exit code', () => {
  it('is what scripts rely on', () => {
    expect(EXIT).to.deep.equal({
      done: 0,
      failed: 1,
      usage: 2,
      unreachable: 3,
      dataRefused: 4,
      awaitingResume: 5,
      interrupted: 130,
    });
  });

  it('tells the kind of the error, also of one that a run failed with', () => {
    for (const [kind, code] of Object.entries(CODES) as [ErrorKind, number][]) {
      expect(exitCodeOf(new SerError(kind, 'it went wrong')), kind).to.equal(code);
      expect(exitCodeOfKind(kind), kind).to.equal(code);
    }
  });

  it('is 1 for what nobody expected, and for what only Temporal knows', () => {
    expect(exitCodeOf(new TypeError('oh'))).to.equal(1);
    expect(exitCodeOf('words')).to.equal(1);
    for (const kind of ['WorkerLost', 'ShardsFailed', 'Error', '']) expect(exitCodeOfKind(kind), kind).to.equal(1);
  });
});

describe('an error', () => {
  it('is three lines: what happened, to what, what to do', () => {
    expect(errorLines(new SerError('BadConfig', 'it is wrong', '--seed', 'Take another.'))).to.deep.equal([
      'ser: it is wrong',
      '  in: --seed',
      '  do: Take another.',
    ]);
  });

  it('leaves out the lines that have nothing to say', () => {
    expect(errorLines(new SerError('BadConfig', 'it is wrong'))).to.deep.equal(['ser: it is wrong']);
    expect(errorLines(new Error('oh'))).to.deep.equal(['ser: oh']);
  });
});
