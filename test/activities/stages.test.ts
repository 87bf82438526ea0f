import { copyFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type ApplicationFailure, CancelledFailure } from '@temporalio/activity';
import { expect } from 'chai';
import { readPlan } from '../../activities/objects/planObject.js';
import { readSplit } from '../../activities/objects/splitObject.js';
import type { PlanReference } from '../../core/contracts/activities.js';
import { EMOTIONS } from '../../core/contracts/emotions.js';
import type { RunConfig, TrainingHeartbeat } from '../../core/contracts/runs.js';
import { parseRanges } from '../../core/contracts/ranges.js';
import type { Metrics } from '../../core/contracts/training.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { openStore } from '../../core/store/open.js';
import { readParquet, stringsOf } from '../../core/store/parquet.js';
import { writeSmallCorpus } from '../durability/smallCorpus.js';
import { activitiesOver, createInlinePool, type InlinePool } from '../durability/stagesInProcess.js';
import { type ActivityRun, createActivityRun } from '../support/activity.js';
import { scratchFolder } from '../support/folders.js';
import { runConfig } from '../support/runConfig.js';

/** One store after a whole run, stage by stage. */
type Pipeline = { store: ObjectStore; pool: InlinePool; config: RunConfig };

async function openPipeline(sources: string[]): Promise<Pipeline> {
  const store = await openStore({ url: join(scratchFolder(), 'store') });
  const config = runConfig({ store: store.url, data: { sources, maxRejected: 0 } });
  const training = { ...config.training, epochs: 4, layers: [{ units: 24, dropout: 0.2 }] };
  return { store, pool: createInlinePool(store), config: { ...config, training } };
}

const activitiesOf = ({ store, pool }: Pipeline, activityRun?: ActivityRun) => activitiesOver(store, pool, activityRun);

async function planOf(pipeline: Pipeline): Promise<{ catalogue: string; plan: PlanReference }> {
  const activities = activitiesOf(pipeline);
  const { key } = await activities.fetchCorpus({ data: pipeline.config.data, store: pipeline.store.url });
  return { catalogue: key, plan: await activities.planShards({ catalogue: key, featureSet: 'librosa195' }) };
}

async function extractAll(pipeline: Pipeline, { key, pending }: PlanReference): Promise<void> {
  const activities = activitiesOf(pipeline);
  for (const shard of parseRanges(pending)) await activities.extractShard({ plan: key, shard });
}

/** Goes on from a finished extraction to the evaluation. */
async function train(pipeline: Pipeline, catalogue: string, plan: string) {
  const activities = activitiesOf(pipeline);
  const { training, split: wanted } = pipeline.config;
  const split = await activities.splitUtterances({ catalogue, plan, split: wanted, skipped: '' });
  const model = await activities.trainModel({ plan, split: split.key, training, backend: 'fused' });
  const evaluation = await activities.evaluateModel({ plan, split: split.key, model: model.key });
  return { split, model, evaluation };
}

describe('the stages of a run', function () {
  this.timeout(60_000);
  let pipeline: Pipeline;
  let corpus: string;
  let catalogue: string;
  let plan: PlanReference;
  let finished: Awaited<ReturnType<typeof train>>;

  before(async () => {
    corpus = join(scratchFolder(), 'corpus');
    await writeSmallCorpus(corpus, 6);
    pipeline = await openPipeline([corpus]);
    ({ catalogue, plan } = await planOf(pipeline));
    await extractAll(pipeline, plan);
    finished = await train(pipeline, catalogue, plan.key);
  });

  const json = async <T>(key: string) => JSON.parse(new TextDecoder().decode(await pipeline.store.get(key))) as T;

  describe('planning', () => {
    it('leaves every shard to be extracted at first, and none afterwards', async () => {
      expect(plan).to.deep.include({ reused: false, pending: `0-${plan.shards - 1}`, shardsPending: plan.shards });
      expect(plan.filesPending).to.equal(plan.files);
      const again = await activitiesOf(pipeline).planShards({ catalogue, featureSet: 'librosa195' });
      expect(again).to.deep.equal({ ...plan, reused: true, pending: '', shardsPending: 0, filesPending: 0 });
    });

    it('finds the shard that is missing', async () => {
      const { folder, recordings } = (await readPlan(pipeline.store, plan.key)).shards[1]!;
      const manifest = await pipeline.store.get(`${folder}/manifest.json`);
      await pipeline.store.delete(`${folder}/manifest.json`);
      const again = await activitiesOf(pipeline).planShards({ catalogue, featureSet: 'librosa195' });
      await pipeline.store.put(`${folder}/manifest.json`, manifest!);
      expect(again).to.include({ pending: '1', shardsPending: 1, filesPending: recordings.length });
    });

    it('refuses a feature set that nobody knows', async () => {
      const wrong = activitiesOf(pipeline).planShards({ catalogue, featureSet: 'librosa196' });
      const error = (await wrong.catch((thrown: unknown) => thrown)) as ApplicationFailure;
      expect(error).to.include({ type: 'BadConfig', nonRetryable: true });
    });

    it('leaves one shard to do for one new recording', async () => {
      const grown = scratchFolder();
      for (const path of await readdir(corpus, { recursive: true })) {
        if (path.endsWith('.wav')) await copyFile(join(corpus, path), join(grown, path.split('/').at(-1)!));
      }
      const before = await planOf({
        ...pipeline,
        config: { ...pipeline.config, data: { sources: [grown], maxRejected: 0 } },
      });
      expect(before.plan.shardsPending).to.equal(0);
      const added = scratchFolder();
      await writeSmallCorpus(added, 100); // the second of these is none of every sixth
      const names = (await readdir(added, { recursive: true })).filter((path) => path.endsWith('.wav')).sort();
      await copyFile(join(added, names[1]!), join(grown, names[1]!.split('/').at(-1)!));
      const after = await planOf({
        ...pipeline,
        config: { ...pipeline.config, data: { sources: [grown], maxRejected: 0 } },
      });
      expect(after.plan.files).to.equal(before.plan.files + 1);
      expect(after.plan.shardsPending).to.be.within(1, 2);
    });
  });

  describe('extracting a shard', () => {
    it('gives a row of 195 finite numbers for each recording', async () => {
      const { folder, recordings } = (await readPlan(pipeline.store, plan.key)).shards[0]!;
      const table = await readParquet((await pipeline.store.get(`${folder}/shard.parquet`))!);
      expect(table.rowCount).to.equal(recordings.length);
      expect(table.columns).to.have.length(196);
    });

    it('computes nothing when the shard stands', async () => {
      const before = pipeline.pool.counts.get('extractShard');
      const again = await activitiesOf(pipeline).extractShard({ plan: plan.key, shard: 0 });
      expect(again.reused).to.equal(true);
      expect(pipeline.pool.counts.get('extractShard')).to.equal(before);
    });

    it('tells after every eighth file how many are done, and at the end', async () => {
      const { store, pool } = await openPipeline([corpus]);
      const fresh = { store, pool, config: { ...pipeline.config, store: store.url } };
      const { plan: planned } = await planOf(fresh);
      const activity = createActivityRun();
      const { files } = await activitiesOf(fresh, activity).extractShard({ plan: planned.key, shard: 0 });
      const told = activity.beats as ({ filesDone: number } | undefined)[];
      const steps = told.filter((beat, index) => beat !== undefined && beat !== told[index - 1]);
      const counts = Array.from({ length: Math.ceil(files / 8) }, (_, index) => Math.min(8 * (index + 1), files));
      expect(steps).to.deep.equal(counts.map((filesDone) => ({ shard: 0, filesDone, files })));
    });

    it('notices a recording that was altered in the store, and writes nothing', async () => {
      const fresh = await openPipeline([corpus]);
      const { plan: planned } = await planOf(fresh);
      const { folder, recordings } = (await readPlan(fresh.store, planned.key)).shards[0]!;
      const { audio } = recordings[2]!;
      const bytes = (await fresh.store.get(audio))!;
      bytes[bytes.length >> 1]! ^= 1;
      await fresh.store.put(audio, bytes);
      const altered = activitiesOf(fresh).extractShard({ plan: planned.key, shard: 0 });
      const error = (await altered.catch((thrown: unknown) => thrown)) as ApplicationFailure;
      expect(error.message).to.contain(`${audio}: is altered in the store`);
      expect(await fresh.store.head(`${folder}/manifest.json`)).to.equal(undefined);
    });

    it('writes nothing once it is cancelled', async () => {
      const fresh = await openPipeline([corpus]);
      const { plan: planned } = await planOf(fresh);
      const activity = createActivityRun();
      activity.cancel();
      const cancelled = activitiesOf(fresh, activity).extractShard({ plan: planned.key, shard: 0 });
      expect(await cancelled.catch((thrown: unknown) => thrown)).to.be.instanceOf(CancelledFailure);
      const { folder } = (await readPlan(fresh.store, planned.key)).shards[0]!;
      expect(await fresh.store.head(`${folder}/manifest.json`)).to.equal(undefined);
    });
  });

  describe('splitting', () => {
    it('puts every recording into one part, all eight emotions into each', async () => {
      const rows = await readSplit(pipeline.store, finished.split.key);
      expect(rows).to.have.length(plan.files);
      expect(new Set(rows.map(({ sha256 }) => sha256)).size).to.equal(plan.files);
      for (const part of ['train', 'validation', 'test']) {
        const emotions = rows.filter((row) => row.part === part).map(({ emotion }) => emotion);
        expect([...new Set(emotions)].sort(), part).to.deep.equal([...EMOTIONS]);
      }
    });

    it('is another one under another seed, and the same under the same', async () => {
      const split = (seed: number) =>
        activitiesOf(pipeline).splitUtterances({
          catalogue,
          plan: plan.key,
          split: { protocol: 'random', seed },
          skipped: '',
        });
      expect(await split(0)).to.deep.equal({ ...finished.split, reused: true });
      const other = await split(1);
      expect(other.reused).to.equal(false);
      expect(await readSplit(pipeline.store, other.key)).not.to.deep.equal(
        await readSplit(pipeline.store, finished.split.key),
      );
    });
  });

  describe('training and evaluating', () => {
    it('gives the same weights to the byte in another store', async () => {
      const other = await openPipeline([corpus]);
      const { catalogue: found, plan: planned } = await planOf(other);
      await extractAll(other, planned);
      const { model } = await train(other, found, planned.key);
      expect(model.key).to.equal(finished.model.key);
      const [one, two] = await Promise.all(
        [pipeline.store, other.store].map((store) => store.get(`models/${model.key}/weights.bin`)),
      );
      expect(one!.length).to.be.greaterThan(10_000);
      expect(Buffer.compare(one!, two!)).to.equal(0);
    });

    it('computes nothing when model and evaluation stand', async () => {
      const before = new Map(pipeline.pool.counts);
      const again = await train(pipeline, catalogue, plan.key);
      expect([again.split, again.model, again.evaluation].map(({ reused }) => reused)).to.deep.equal([
        true,
        true,
        true,
      ]);
      expect(again.evaluation.metrics).to.deep.equal(finished.evaluation.metrics);
      expect(pipeline.pool.counts).to.deep.equal(before);
    });

    it('trains anew for other settings, and tells every epoch in its heartbeats', async () => {
      const activity = createActivityRun();
      const training = { ...pipeline.config.training, seed: 1, epochs: 3 };
      const wanted = { plan: plan.key, split: finished.split.key, training, backend: 'fused' };
      const { key } = await activitiesOf(pipeline, activity).trainModel(wanted);
      expect(key).not.to.equal(finished.model.key);
      const told = activity.beats.filter((beat) => beat !== undefined) as TrainingHeartbeat[];
      expect([...new Set(told.map(({ last }) => last.epoch))]).to.deep.equal([1, 2, 3]);
    });

    it('repairs a model whose weights were damaged', async () => {
      const weights = `models/${finished.model.key}/weights.bin`;
      const sound = (await pipeline.store.get(weights))!;
      await pipeline.store.put(weights, sound.subarray(1));
      const again = await train(pipeline, catalogue, plan.key);
      expect(again.model).to.include({ key: finished.model.key, reused: false });
      expect(Buffer.compare((await pipeline.store.get(weights))!, sound)).to.equal(0);
    });

    it('measures what the table of predictions says', async () => {
      const folder = `evaluations/${finished.evaluation.key}`;
      const metrics = await json<Metrics>(`${folder}/metrics.json`);
      const table = await readParquet((await pipeline.store.get(`${folder}/predictions.parquet`))!);
      const predicted = stringsOf(table, 'predicted');
      const right = stringsOf(table, 'emotion').filter((emotion, row) => emotion === predicted[row]).length;
      expect(metrics.count).to.equal(table.rowCount);
      expect(metrics.accuracy).to.be.closeTo(right / table.rowCount, 1e-12);
      expect(metrics.labels).to.deep.equal([...EMOTIONS]);
    });
  });
});
