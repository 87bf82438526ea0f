import { join } from 'node:path';
import { expect } from 'chai';
import type { Dependencies } from '../../activities/dependencies.js';
import { recordRun } from '../../activities/recordRun.js';
import type { RunState, RunStatus } from '../../core/contracts/runs.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { openStore } from '../../core/store/open.js';
import { failureOf } from '../support/failureOf.js';
import { scratchFolder } from '../support/folders.js';

describe('the record of a run', () => {
  let store: ObjectStore;

  beforeEach(async () => {
    store = await openStore({ url: join(scratchFolder(), 'store') });
  });

  const record = (state: RunState, executionId = 'first', on: ObjectStore = store) =>
    recordRun({ store: on } as Dependencies)({ status: { name: 'mine', executionId, state } as RunStatus });
  const recorded = async () => {
    const { executionId, state } = JSON.parse(
      Buffer.from((await store.get('runs/mine.json'))!).toString(),
    ) as RunStatus;
    return { executionId, state };
  };

  it('follows a run from its beginning to its end, and on to the run that continues it', async () => {
    for (const [state, execution] of [
      ['running', 'first'],
      ['awaiting-resume', 'first'],
      ['failed', 'first'],
      ['running', 'second'],
      ['completed', 'second'],
    ] as const) {
      await record(state, execution);
      expect(await recorded()).to.deep.equal({ executionId: execution, state });
    }
  });

  it('stays that of an end when the beginning is delivered once more', async () => {
    await record('running');
    await record('completed');
    await record('running');
    expect(await recorded()).to.include({ state: 'completed' });
  });

  for (const before of ['nothing', 'a beginning'] as const) {
    it(`is not replaced by an attempt that found ${before} and was held up since`, async () => {
      if (before === 'a beginning') await record('running');
      const slow = Object.create(store, {
        putIf: {
          value: async (...request: Parameters<ObjectStore['putIf']>) => {
            await record('completed');
            return store.putIf(...request);
          },
        },
      }) as ObjectStore;
      const failure = await failureOf(() => record('awaiting-resume', 'first', slow));
      expect(failure).to.include({ kind: 'StoreUnavailable' });
      expect(await recorded()).to.include({ state: 'completed' });
    });
  }
});
