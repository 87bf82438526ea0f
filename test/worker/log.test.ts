import { expect } from 'chai';
import { createLog, temporalLogger } from '../../worker/log.js';

describe('the log of a worker', () => {
  function logged(message: string, meta: Record<string, unknown>): Record<string, unknown>[] {
    const lines: string[] = [];
    const log = createLog('info', { write: (line) => void lines.push(line) });
    temporalLogger(log).info(message, meta);
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  it('names run, stage, shard and attempt of what an activity says', () => {
    const [line] = logged('computing shard', {
      workflowId: 'ser-run-first-extract',
      activityType: 'extractShard',
      attempt: 2,
      shard: 7,
      taskToken: 'CiQw',
    });
    expect(line).to.include({ msg: 'computing shard', run: 'first', stage: 'extractShard', attempt: 2, shard: 7 });
    expect(line).to.not.have.property('taskToken');
  });

  it('leaves out that a queue serves no workflows', () => {
    expect(logged('No workflows registered, not polling for workflow tasks', {})).to.deep.equal([]);
  });
});
