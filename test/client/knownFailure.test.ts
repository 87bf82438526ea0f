import { expect } from 'chai';
import { exitCodeOf } from '../../client/exitCodes.js';
import { knownFailure } from '../../client/knownFailure.js';
import { workflowIdOfRun } from '../../core/contracts/names.js';
import { Client } from '@temporalio/client';
import { freshClient } from '../support/server.js';

describe('a failure of the Temporal SDK', () => {
  it('over a namespace that the server does not have is wrong use, and says what to do', async () => {
    const { connection } = await freshClient();
    const client = new Client({ connection, namespace: 'nowhere' });
    const thrown = await client.workflow
      .getHandle(workflowIdOfRun('any'))
      .describe()
      .catch((error: unknown) => error);
    const failure = knownFailure(thrown);
    expect(failure).to.include({ kind: 'BadConfig', subject: 'nowhere' });
    expect(exitCodeOf(failure)).to.equal(2);
  });

  it('that nobody here knows stays what it was', () => {
    const other = new Error('other');
    expect(knownFailure(other)).to.equal(other);
  });
});
