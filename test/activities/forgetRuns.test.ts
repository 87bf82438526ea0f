import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { forgetRuns } from '../../activities/forgetRuns.js';
import { CHAMPION_KEY } from '../../activities/objects/champion.js';
import { jsonBytes } from '../../activities/objects/stageOutput.js';
import { recordedRuns } from '../../client/runRecords.js';
import { runNameOf } from '../../core/contracts/retraining.js';
import type { RunState } from '../../core/contracts/runs.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { openStore } from '../../core/store/open.js';
import { scratchFolder } from '../support/folders.js';

const WEEK_MS = 7 * 86_400_000;

/** The name of the run that a weekly schedule began in a week. */
const runOf = (week: number, schedule = 'weekly') =>
  runNameOf(schedule, new Date(Date.UTC(2026, 0, 5, 2) + week * WEEK_MS));

describe('forgetting the runs of a schedule', () => {
  let store: ObjectStore;
  beforeEach(async () => {
    store = await openStore({ url: join(scratchFolder(), 'store') });
    open = () => true;
  });

  const record = (name: string, state: RunState = 'completed') =>
    store.put(`runs/${name}.json`, jsonBytes({ name, state }));
  let open: (name: string) => boolean;
  const forget = (keep: number) =>
    forgetRuns({ store }, ({ name }) => Promise.resolve(open(name)))({ schedule: 'weekly', keep });
  const remaining = async () => (await recordedRuns(store)).map(({ name }) => name);

  it('keeps the newest completed ones, and is done when it is asked again', async () => {
    for (let week = 0; week < 5; week += 1) await record(runOf(week));
    expect(await forget(2)).to.deep.equal([runOf(2), runOf(1), runOf(0)]);
    expect(await remaining()).to.have.members([runOf(4), runOf(3)]);
    expect(await forget(2)).to.be.empty;
    expect(await remaining()).to.have.length(2);
  });

  it('keeps champions, also those that can be gone back to', async () => {
    for (let week = 0; week < 5; week += 1) await record(runOf(week));
    await store.put(CHAMPION_KEY, jsonBytes({ run: runOf(1), history: [{ run: runOf(0) }] }));
    expect(await forget(1)).to.deep.equal([runOf(3), runOf(2)]);
  });

  it('keeps runs that have not ended, and forgets those that ended otherwise with the completed ones of their time', async () => {
    const states: RunState[] = ['running', 'awaiting-resume', 'failed', 'cancelled', 'completed', 'failed'];
    for (const [week, state] of states.entries()) await record(runOf(week), state);
    expect(await forget(1)).to.deep.equal([runOf(3), runOf(2)]);
    expect(await remaining()).to.have.members([runOf(0), runOf(1), runOf(4), runOf(5)]);
  });

  it('forgets runs that were lost with their server as any that ended', async () => {
    const states: RunState[] = ['running', 'running', 'awaiting-resume', 'completed', 'running'];
    for (const [week, state] of states.entries()) await record(runOf(week), state);
    open = (name) => name === runOf(1);
    expect(await forget(1)).to.deep.equal([runOf(2), runOf(0)]);
    expect(await remaining()).to.have.members([runOf(1), runOf(3), runOf(4)]);
  });

  it('touches no run of another schedule or of a person', async () => {
    const others = [runOf(0, 'weekly-eu'), runOf(0, 'daily'), 'weekly-trial', 'weekly', `${runOf(0)}-again`];
    for (const name of [...others, runOf(1), runOf(2)]) await record(name);
    expect(await forget(1)).to.deep.equal([runOf(1)]);
    expect(await remaining()).to.have.members([...others, runOf(2)]);
  });

  it('leaves as many completed runs as are to be kept, whatever else has happened', async () => {
    const states = fc.array(fc.constantFrom<RunState>('completed', 'failed', 'cancelled', 'running'), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(states, fc.integer({ min: 1, max: 4 }), async (happened, keep) => {
        store = await openStore({ url: join(scratchFolder(), 'store') });
        for (const [week, state] of happened.entries()) await record(runOf(week), state);
        await forget(keep);
        const completed = (await recordedRuns(store)).filter(({ state }) => state === 'completed');
        const all = happened.flatMap((state, week) => (state === 'completed' ? [runOf(week)] : []));
        expect(completed.map(({ name }) => name)).to.have.members(all.slice(-keep));
      }),
      { numRuns: 30 },
    );
  });
});
