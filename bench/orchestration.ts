import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parseRanges } from '../core/contracts/ranges.js';
import type { RunStatus } from '../core/contracts/runs.js';
import { openStore } from '../core/store/open.js';
import { activitiesOver } from '../test/durability/stagesInProcess.js';
import { createThreadPool } from '../worker/threadPool.js';
import { createBenchFolder, typeCommand } from './shared/benchFolder.js';
import { writeOfficialCorpus } from './shared/officialCorpus.js';

const BAR = 1.25;

/** Seconds of work by stage, each done alone; that of the extraction is its shards one after another. */
type Work = Map<string, number>;

/**
 * `npm run bench -- orchestration [--files 12162] [--epochs N]`: what the orchestration costs. One whole run by the
 * command, a local server and a worker, against the same activities called one after another without a server: the work
 * of the extraction divided by the threads, and that of the other stages. Exits 1 above 1.25.
 */
export async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { files: { type: 'string', default: '12162' }, epochs: { type: 'string' } },
  });
  const folder = createBenchFolder();
  try {
    await writeOfficialCorpus(join(folder, 'data'), Number(values.files));
    await typeCommand(folder, 'up');
    const training = values.epochs === undefined ? [] : ['--epochs', values.epochs];
    const started = performance.now();
    const run = ['run', '--data', 'data', '--name', 'bench', '--promote', 'never', '--output', 'json', ...training];
    const printed = await typeCommand(folder, ...run);
    const wall = (performance.now() - started) / 1000;
    const status = JSON.parse(printed) as RunStatus;
    await typeCommand(folder, 'down');

    const work = await workAlone(join(folder, 'alone'), status);
    return report(wall, status, work);
  } finally {
    await typeCommand(folder, 'down');
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Does what a run did once more in another store, each activity by itself. */
async function workAlone(folder: string, { config, stages }: RunStatus): Promise<Work> {
  const store = await openStore({ url: folder });
  const pool = createThreadPool({ url: folder });
  const activities = activitiesOver(store, pool);
  const seconds = new Map<string, number>();
  const timed = async <T>(stage: string, work: () => Promise<T>): Promise<T> => {
    const started = performance.now();
    const outcome = await work();
    seconds.set(stage, (performance.now() - started) / 1000);
    return outcome;
  };
  try {
    const { data, features, split: protocol, training, backend, promote } = config;
    const { key: catalogue } = await timed('fetchCorpus', () => activities.fetchCorpus({ data, store: store.url }));
    const { key: plan, pending } = await timed('planShards', () =>
      activities.planShards({ catalogue, featureSet: features.set }),
    );
    await timed('extractFeatures', async () => {
      for (const shard of parseRanges(pending)) await activities.extractShard({ plan, shard });
    });
    const { key: split } = await timed('splitUtterances', () =>
      activities.splitUtterances({ catalogue, plan, split: protocol, skipped: '' }),
    );
    const { key: model } = await timed('trainModel', () => activities.trainModel({ plan, split, training, backend }));
    const { key: evaluation } = await timed('evaluateModel', () => activities.evaluateModel({ plan, split, model }));
    await timed('writeReport', () =>
      activities.writeReport({ config, catalogue, plan, split, model, evaluation, skipped: '', timings: [] }),
    );
    await timed('promoteModel', () =>
      activities.promoteModel({ run: config.name, policy: promote, model, split, plan }),
    );
    if (stages.find(({ stage }) => stage === 'trainModel')?.key !== model) throw new Error('another model came out');
    return seconds;
  } finally {
    await pool.close();
  }
}

function report(wall: number, status: RunStatus, alone: Work): number {
  const threads = availableParallelism();
  console.log(`${status.catalogue?.files} recordings, ${status.shards?.total} shards, ${threads} threads; seconds`);
  console.log(row('stage', 'work', 'in the run'));
  let bound = 0;
  let within = 0;
  for (const { stage, startedAt, finishedAt } of status.stages) {
    const work = (alone.get(stage) ?? 0) / (stage === 'extractFeatures' ? threads : 1);
    const took = (Date.parse(finishedAt ?? '') - Date.parse(startedAt ?? '')) / 1000;
    bound += work;
    within += took;
    console.log(row(stage === 'extractFeatures' ? `${stage} / ${threads}` : stage, seconds(work), seconds(took)));
  }
  console.log(row('command, start, end', '', seconds(wall - within)));
  console.log(row('all', seconds(bound), seconds(wall)));
  const ratio = wall / bound;
  const holds = ratio <= BAR;
  console.log(`${holds ? 'holds ' : 'MISSED'}  ${ratio.toFixed(2)} times the work, at most ${BAR}`);
  return holds ? 0 : 1;
}

function row(stage: string, work: string, took: string): string {
  return `  ${stage.padEnd(22)}${work.padStart(8)}${took.padStart(12)}`;
}

function seconds(value: number): string {
  return value.toFixed(2);
}
