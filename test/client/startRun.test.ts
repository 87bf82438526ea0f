import { expect } from 'chai';
import { startRun } from '../../client/startRun.js';
import { SEARCH_ATTRIBUTE_NAMES } from '../../core/contracts/searchAttributes.js';
import { runConfig } from '../support/runConfig.js';
import { freshClient } from '../support/server.js';

describe('the start of a run', () => {
  it('tells which search attributes the server lacks, and goes without them', async () => {
    const client = await freshClient();
    const { workflowId, unsearchable } = await startRun(client, runConfig({ name: 'unsearchable' }));
    expect(unsearchable).to.deep.equal([...SEARCH_ATTRIBUTE_NAMES]);
    await client.workflow.getHandle(workflowId).terminate();
  });
});
