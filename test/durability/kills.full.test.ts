import { expect } from 'chai';
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { TASK_QUEUES, workflowIdOfRun } from '../../core/contracts/names.js';
import { extractionIdOf } from '../../core/contracts/queries.js';
import type { RunStatus } from '../../core/contracts/runs.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { openStore } from '../../core/store/open.js';
import { runConfig } from '../support/runConfig.js';
import { type ComputedShard, computedAgain, computedShard } from './computedShards.js';
import { contentsOf, keysUnder } from './contents.js';
import { type Installation, startInstallation } from './installation.js';

const KILLS = 24;
const KILLS_PER_RUN = 4;
const WORKERS = 2;
const VICTIMS = ['worker', 'all workers', 'Temporal server', 'MinIO server'] as const;
/** Activities of a run in their order, with how long one may last here, in ms. */
const MOMENTS = [
  ['fetchCorpus', 3000],
  ['planShards', 100],
  ['extractShard', 2500],
  ['splitUtterances', 100],
  ['trainModel', 1500],
  ['evaluateModel', 200],
  ['writeReport', 500],
] as const;
/** Repeat a run of this test by SER_KILL_SEED. */
const seed = Number(process.env['SER_KILL_SEED'] ?? randomInt(2 ** 31));

/** A small generator of its own, so that a seed names the same kills everywhere (mulberry32). */
function createRandom(state: number): () => number {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('a run whose processes are killed', function () {
  this.timeout(900_000);
  let installation: Installation;
  before(async () => {
    installation = await startInstallation();
  });
  after(async () => installation?.stop());

  it('ends with the same bytes as an undisturbed one, and does nothing twice', async () => {
    const random = createRandom(seed);
    console.log(`    kills from seed ${seed}; repeat them by SER_KILL_SEED=${seed}`);
    const expected = await contentsOf((await finishRun(installation, 'undisturbed', [])).store);
    expect(Object.keys(expected)).to.have.length.above(10);

    let kills = 0;
    const killedIn = new Set<string>();
    for (let run = 0; kills < KILLS; run++) {
      const plan = planKills(random, run);
      const { store, log, status } = await finishRun(installation, `run-${run}`, plan);
      for (const line of log) console.log(`    run ${run}: ${line.words}`);
      log.forEach(({ activity }) => killedIn.add(activity));
      kills += log.length;
      expect(status.state).to.equal('completed');
      expect(await contentsOf(store)).to.deep.equal(expected);
      expect(await computedAgain(shardsIn(installation.logFile, store), store)).to.deep.equal([]);
      expect(await keysUnder(store, 'checkpoints/')).to.deep.equal([]);
    }
    const log = readFileSync(installation.logFile, 'utf8');
    expect(log).to.not.contain('is not what its manifest says').and.not.contain('is missing although its manifest');
    console.log(`    ${kills} kills, in ${[...killedIn].join(', ')}`);
  });
});

type Kill = { activity: string; afterMs: number; victim: (typeof VICTIMS)[number]; worker: number };
type KillLog = { activity: string; words: string }[];

/** Four kills of a run, one of each victim, in different activities. */
function planKills(random: () => number, run: number): Kill[] {
  const moments = [...MOMENTS].sort(() => random() - 0.5).slice(0, KILLS_PER_RUN);
  return MOMENTS.filter((moment) => moments.includes(moment)).map(([activity, lasts], index) => ({
    activity,
    afterMs: Math.floor(random() * lasts),
    victim: VICTIMS[(index + run) % VICTIMS.length]!,
    worker: Math.floor(random() * WORKERS),
  }));
}

async function finishRun(installation: Installation, name: string, kills: readonly Kill[]) {
  const { client } = installation;
  const store = await openStore(installation.store(name));
  await installation.serve(name, WORKERS);
  const config = runConfig({
    name,
    store: store.url,
    data: { sources: ['demo'], maxRejected: 0 },
    promote: 'never',
    onFailedShards: 'fail',
  });
  const workflowId = workflowIdOfRun(name);
  await client.workflow.start('trainingRun', { workflowId, taskQueue: TASK_QUEUES.main, args: [config] });
  const log: KillLog = [];
  for (const kill of kills) {
    if (!(await isAt(installation, workflowId, kill.activity))) break;
    await sleep(kill.afterMs);
    await strike(installation, kill);
    log.push({ activity: kill.activity, words: `${kill.victim} killed ${kill.afterMs} ms into ${kill.activity}` });
  }
  const status = await patiently(() => client.workflow.getHandle(workflowId).result() as Promise<RunStatus>);
  return { store, log, status };
}

async function strike(installation: Installation, { victim, worker }: Kill): Promise<void> {
  switch (victim) {
    case 'worker':
      return installation.killWorker(worker);
    case 'all workers':
      for (let index = 0; index < WORKERS; index++) installation.killWorker(index);
      return;
    case 'Temporal server':
      return installation.killServer();
    case 'MinIO server':
      return installation.killMinio();
  }
}

/** Waits until an activity, or one after it, is under way; false when the run has ended. */
async function isAt({ client }: Installation, workflowId: string, activity: string): Promise<boolean> {
  const order: string[] = MOMENTS.map(([name]) => name);
  const reached = new Set(order.slice(order.indexOf(activity)));
  const pendingOf = async (id: string) => {
    const description = await client.workflow
      .getHandle(id)
      .describe()
      .catch(() => undefined);
    return {
      ended: description !== undefined && description.status.name !== 'RUNNING',
      names: (description?.raw.pendingActivities ?? []).map(({ activityType }) => activityType?.name ?? ''),
    };
  };
  for (;;) {
    const [run, extraction] = await Promise.all([pendingOf(workflowId), pendingOf(extractionIdOf(workflowId))]);
    if (run.ended) return false;
    if ([...run.names, ...extraction.names].some((name) => reached.has(name))) return true;
    await sleep(20);
  }
}

/** A server that was killed answers again soon. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (tries === 20 || !/UNAVAILABLE|connect|Unavailable|transport/i.test(String((error as Error).cause ?? error)))
        throw error;
      await sleep(500);
    }
  }
}

/** What the workers' log says of the shards that were computed for a store. */
function shardsIn(logFile: string, store: ObjectStore): ComputedShard[] {
  const lines = readFileSync(logFile, 'utf8').split('\n');
  return lines.map((line) => computedShard(line, store.url)).filter((shard) => shard !== undefined);
}
