import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { expect } from 'chai';
import { type StageName, workflowIdOfRun } from '../../core/contracts/names.js';
import { STATUS_QUERY } from '../../core/contracts/queries.js';
import type { RunStatus } from '../../core/contracts/runs.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { openStore } from '../../core/store/open.js';
import { runningServer } from '../../worker/localServer.js';
import { runningWorker } from '../../worker/localWorker.js';
import { createProject, ENDLESS, type Project, SHORT } from '../support/project.js';
import { keysUnder } from './contents.js';

/** Under the load of other tests; what was measured is printed. */
const STOPS_WITHIN_MS = 5000;
const LOOK_EVERY_MS = 50;
/** A process that used less than a tenth of a core for so long does nothing any more. */
const IDLE_FOR_MS = 500;
const TICK_MS = 10;

describe('a run that is cancelled', function () {
  this.timeout(300_000);
  let project: Project;
  let store: ObjectStore;
  let connection: Connection;
  let client: Client;

  before(async () => {
    project = await createProject();
    expect((await project.ser('up', '--threads', '1')).code).to.equal(0);
    store = await openStore({ url: project.home.store });
    connection = await Connection.connect({ address: runningServer(project.home)!.address });
    client = new Client({ connection });
  });
  after(() => connection?.close());

  /** Starts a run, cancels it once it has said some words, and says how long its worker went on. */
  async function cancelAt(name: string, stage: StageName, words: string, options: readonly string[]) {
    const run = project.start('run', '--name', name, '--threads', '1', ...options);
    await run.says('started run');
    const work = watchWork(runningWorker(project.home)!.pid);
    await run.says(words);
    await untilUnderWay(name, stage);
    const before = keysUnder(store, '');
    await client.workflow.getHandle(workflowIdOfRun(name)).cancel(); // at once: a command takes a second to start
    const cancelled = await project.ser('cancel', name);
    expect(cancelled.code, cancelled.stderr).to.equal(0);
    const { code, stderr } = await run.ended;
    expect(code, stderr).to.equal(1);
    const askedAt = await cancelledAt(name);
    const wentOnMs = (await work.idleSince(askedAt)) - askedAt;
    const kept = await keysUnder(store, '');
    expect(kept).to.include.members((await before).filter((key) => !key.startsWith('checkpoints/')));
    return wentOnMs;
  }

  /** A run that has just started may have a word to write before its first stage. */
  async function untilUnderWay(name: string, stage: StageName): Promise<void> {
    const handle = client.workflow.getHandle(workflowIdOfRun(name));
    for (;;) {
      const { stages } = await handle.query<RunStatus>(STATUS_QUERY);
      const state = stages.find((line) => line.stage === stage)!.state;
      if (state === 'running') return;
      expect(state, `${stage} was over before it could be cancelled`).to.equal('waiting');
      await sleep(LOOK_EVERY_MS);
    }
  }

  async function cancelledAt(name: string): Promise<number> {
    const { events } = await client.workflow.getHandle(workflowIdOfRun(name)).fetchHistory();
    const asked = events!.find((event) => event.workflowExecutionCancelRequestedEventAttributes);
    const { seconds, nanos } = asked!.eventTime!;
    return 1000 * Number(seconds) + (nanos ?? 0) / 1e6;
  }

  async function statusOf(name: string): Promise<RunStatus> {
    return (JSON.parse((await project.ser('status', name, '-o', 'json')).stdout) as { status: RunStatus }).status;
  }

  async function openWorkflows(): Promise<string[]> {
    const open: string[] = [];
    for await (const { workflowId } of client.workflow.list({ query: `ExecutionStatus = 'Running'` }))
      open.push(workflowId);
    return open;
  }

  for (const [stage, words, options] of [
    ['fetchCorpus', 'started run', ['--data', 'demo', '--features', 'meyda', ...SHORT]],
    ['extractFeatures', 'planShards', ['--data', 'demo', ...SHORT]],
    ['trainModel', 'epoch', ['--data', 'demo', ...ENDLESS]],
  ] as const) {
    it(`stops within a moment in ${stage}, leaves no child, keeps what is finished, and goes on by resume`, async () => {
      const name = `in-${stage}`;
      const wentOnMs = await cancelAt(name, stage, words, options);
      console.log(
        `    cancelled in ${stage}: the worker was idle ${(wentOnMs / 1000).toFixed(2)} s after it was asked`,
      );
      expect(wentOnMs).to.be.below(STOPS_WITHIN_MS);

      const status = await statusOf(name);
      expect(status.state).to.equal('cancelled');
      expect(status.stages.find((line) => line.stage === stage)?.state).to.equal('cancelled');
      expect(await openWorkflows()).to.deep.equal([]);

      const resumed = project.start('resume', name);
      if (stage === 'trainModel') {
        await resumed.says('epoch');
        expect((await statusOf(name)).origin).to.equal(status.executionId);
        expect((await project.ser('cancel', name)).code).to.equal(0);
        await resumed.ended;
      } else {
        const { code, stderr } = await resumed.ended;
        expect(code, stderr).to.equal(0);
        expect(await statusOf(name)).to.include({ state: 'completed', origin: status.executionId });
      }
    });
  }
});

/** Looks at what a process uses of the processor. */
function watchWork(pid: number) {
  const busyAt: number[] = [];
  let ticks = ticksOf(pid);
  const timer = setInterval(() => {
    const now = ticksOf(pid);
    if ((now - ticks) * TICK_MS > LOOK_EVERY_MS / 10) busyAt.push(Date.now());
    ticks = now;
  }, LOOK_EVERY_MS);
  return {
    /** When it did nothing any more for the first time after a moment, both in ms since 1970. */
    async idleSince(moment: number): Promise<number> {
      for (;;) {
        const later = [moment, ...busyAt.filter((time) => time > moment), Date.now()];
        const last = later.find((time, index) => (later[index + 1] ?? time) - time > IDLE_FOR_MS);
        if (last !== undefined) {
          clearInterval(timer);
          return last;
        }
        await sleep(LOOK_EVERY_MS);
      }
    },
  };
}

/** Processor time that a process has used so far; none when it has ended. */
function ticksOf(pid: number): number {
  if (!existsSync(`/proc/${pid}/stat`)) return 0;
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)/s, '').trim().split(' ');
  return Number(fields[11]) + Number(fields[12]);
}
