import { ApplicationFailure, CancelledFailure } from '@temporalio/activity';
import { expect } from 'chai';
import { withFailures } from '../../activities/failures.js';
import { type ErrorKind, SerError } from '../../core/contracts/errors.js';
import { createActivityRun } from '../support/activity.js';

/** What an activity that throws this ends with. */
async function failureFor(thrown: unknown, environment = createActivityRun()): Promise<unknown> {
  // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- anything may be thrown
  const activity = withFailures(() => Promise.reject(thrown));
  return environment.run(activity).catch((error: unknown) => error);
}

const RETRIED: Record<ErrorKind, boolean> = {
  BadInput: false,
  BadConfig: false,
  Incompatible: false,
  DataRefused: false,
  StoreUnavailable: true,
  Unreachable: true,
  Cancelled: true,
};

describe('an error of an activity', () => {
  for (const [kind, retried] of Object.entries(RETRIED) as [ErrorKind, boolean][]) {
    it(`of the kind ${kind} is ${retried ? 'tried again' : 'final'}, and keeps its three lines`, async () => {
      const failure = await failureFor(new SerError(kind, 'it went wrong', 'the subject', 'Mend it.'));
      expect(failure).to.be.instanceOf(ApplicationFailure);
      const { type, nonRetryable, details, message } = failure as ApplicationFailure;
      expect({ type, nonRetryable, message }).to.deep.equal({
        type: kind,
        nonRetryable: !retried,
        message: 'the subject: it went wrong',
      });
      expect(details).to.deep.equal([{ kind, what: 'it went wrong', subject: 'the subject', remedy: 'Mend it.' }]);
    });
  }

  it('that nobody expected is tried again as it is', async () => {
    const error = new TypeError('undefined is not a function');
    expect(await failureFor(error)).to.equal(error);
    expect(await failureFor('words'))
      .to.be.instanceOf(Error)
      .with.property('message', 'words');
  });

  it('after its cancellation is the cancellation', async () => {
    const environment = createActivityRun();
    environment.cancel();
    expect(await failureFor(new SerError('BadInput', 'cut short'), environment)).to.be.instanceOf(CancelledFailure);
  });
});
