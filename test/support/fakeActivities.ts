import type { Activities, PlanReference } from '../../core/contracts/activities.js';
import type { RunStatus } from '../../core/contracts/runs.js';

/** One call of a fake activity. */
export type Call = { activity: keyof Activities; input: unknown };

/** Activities that do nothing but remember what they were asked, and the statuses that were recorded. */
export type FakeActivities = { activities: Activities; calls: Call[]; recorded: RunStatus[] };

export const METRICS = { accuracy: 0.625, balancedAccuracy: 0.6, logLoss: 1.1, count: 1900, macroF1: 0.643 };

/** The plan of a whole corpus: `shards` shards of 64 recordings, none of them extracted. */
export function planOf(shards: number, change: Partial<PlanReference> = {}): PlanReference {
  return {
    key: 'plan-key',
    reused: false,
    shards,
    files: 64 * shards,
    pending: shards === 1 ? '0' : `0-${shards - 1}`,
    shardsPending: shards,
    filesPending: 64 * shards,
    ...change,
  };
}

/** Stand-ins for all activities; each stage hands on a key named after it. */
export function fakeActivities(overrides: Partial<Activities> = {}): FakeActivities {
  const calls: Call[] = [];
  const recorded: RunStatus[] = [];
  const behaviour: Activities = {
    fetchCorpus: () =>
      Promise.resolve({
        key: 'catalogue-key',
        reused: false,
        counts: { files: 256, usable: 250, rejected: 6, hours: 0.25 },
        rejects: [{ path: 'silent.wav', reason: 'is silent from beginning to end' }],
      }),
    fetchRecordings: () =>
      Promise.resolve({
        key: 'catalogue-key',
        reused: false,
        counts: { files: 256, usable: 250, rejected: 6, hours: 0.25 },
      }),
    planShards: () => Promise.resolve(planOf(4)),
    extractShard: ({ shard }) =>
      Promise.resolve({ key: `shard-${shard}`, reused: false, shard, files: 64, rejected: 0 }),
    splitUtterances: () => Promise.resolve({ key: 'split-key', reused: false, note: 'random, seed 0' }),
    trainModel: () => Promise.resolve({ key: 'model-key', reused: false, backend: 'fused', note: '9 epochs on fused' }),
    evaluateModel: () => Promise.resolve({ key: 'evaluation-key', reused: false, metrics: METRICS }),
    predictRecordings: () => Promise.resolve({ key: 'predictions-key', reused: false, answered: 250, rejected: 6 }),
    writeReport: () => Promise.resolve({ key: 'report-key', reused: false }),
    promoteModel: () => Promise.resolve({ promoted: true, reason: 'the first model of this store' }),
    chooseBackend: () => Promise.resolve({ backend: 'fused' }),
    poolTrials: () => Promise.resolve({ key: 'experiment-key', reused: false, metrics: METRICS, note: '1900 answers' }),
    writeExperimentReport: () => Promise.resolve({ key: 'report-key', reused: false }),
    recordRun: ({ status }) => {
      recorded.push(status);
      return Promise.resolve();
    },
    checkData: () => Promise.resolve({ newRecordings: 0, note: 'nothing is off' }),
    lastRetraining: () => Promise.resolve(null),
    recordRetraining: () => Promise.resolve(),
    forgetRuns: () => Promise.resolve([]),
    notifyFailure: () => Promise.resolve(),
    ...overrides,
  };
  const watched = Object.entries(behaviour).map(([activity, work]) => [
    activity,
    (input: never) => {
      calls.push({ activity: activity as keyof Activities, input });
      return (work as (input: never) => Promise<unknown>)(input);
    },
  ]);
  return { activities: Object.fromEntries(watched) as Activities, calls, recorded };
}
