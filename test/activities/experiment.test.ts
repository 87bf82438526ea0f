import { join } from 'node:path';
import { expect } from 'chai';
import { readPooledAnswers, readResults } from '../../activities/objects/experimentObject.js';
import { experimentRuns, keysOfRun } from '../../activities/objects/experimentRuns.js';
import { readSplit, splitFiles } from '../../activities/objects/splitObject.js';
import { jsonBytes } from '../../activities/objects/stageOutput.js';
import { findGarbage, neededUnits } from '../../client/garbage.js';
import { openModel } from '../../client/models.js';
import type { CommandContext } from '../../client/context.js';
import type { ExperimentInput } from '../../core/contracts/activities.js';
import type { ExperimentConfig } from '../../core/contracts/experiment.js';
import { chooseTrial, repetitionsOf, type TrialRun, trialRun } from '../../core/contracts/trials.js';
import { parseRanges } from '../../core/contracts/ranges.js';
import type { RunStatus } from '../../core/contracts/runs.js';
import { sha256Of } from '../../core/store/keys.js';
import { manifestKey } from '../../core/store/manifest.js';
import { openStore } from '../../core/store/open.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { writeSmallCorpus } from '../durability/smallCorpus.js';
import { activitiesOver, createInlinePool, type InlinePool } from '../durability/stagesInProcess.js';
import { failureOf } from '../support/failureOf.js';
import { scratchFolder } from '../support/folders.js';
import { runConfig } from '../support/runConfig.js';

const LATER = Date.now() + 3_600_000;

/** A store in which a small corpus is extracted, and experiments on it. */
type Laboratory = {
  store: ObjectStore;
  pool: InlinePool;
  /** What an experiment hands to its reducer, with all that it has trained in the store. */
  perform(experiment: ExperimentConfig): Promise<ExperimentInput>;
};

async function openLaboratory(): Promise<Laboratory> {
  const corpus = join(scratchFolder(), 'corpus');
  await writeSmallCorpus(corpus, 3);
  const store = await openStore({ url: join(scratchFolder(), 'store') });
  const pool = createInlinePool(store);
  const activities = activitiesOver(store, pool);
  const base = runConfig({ store: store.url, data: { sources: [corpus], maxRejected: 0 } });
  const training = { ...base.training, epochs: 3, layers: [{ units: 16, dropout: 0 }] };
  const catalogue = await activities.fetchCorpus({ data: base.data, store: store.url });
  const plan = await activities.planShards({ catalogue: catalogue.key, featureSet: 'librosa195' });
  for (const shard of parseRanges(plan.pending)) await activities.extractShard({ plan: plan.key, shard });

  const train = async (run: TrialRun) => {
    const split = await activities.splitUtterances({
      ...{ catalogue: catalogue.key, plan: plan.key, split: run.split, skipped: '' },
    });
    const on = { plan: plan.key, split: split.key };
    const model = await activities.trainModel({ ...on, training: run.training, backend: 'fused' });
    return (await activities.evaluateModel({ ...on, model: model.key })).metrics;
  };
  return {
    ...{ store, pool },
    async perform(experiment) {
      const config = { ...base, training, experiment };
      const { search } = experiment;
      for (const repetition of repetitionsOf(config)) {
        const choice =
          search && (await chooseTrial(config, search, repetition, async (run) => (await train(run))[search.metric]));
        await train(trialRun(config, repetition, choice?.chosen));
      }
      return {
        ...{ config, catalogue: catalogue.key, backend: 'fused' },
        plans: { librosa195: { key: plan.key, skipped: '' } },
      };
    },
  };
}

describe('pooling the trainings of an experiment', function () {
  this.timeout(60_000);
  let laboratory: Laboratory;
  before(async () => (laboratory = await openLaboratory()));

  const pool = (input: ExperimentInput) => activitiesOver(laboratory.store, laboratory.pool).poolTrials(input);

  describe('of folds under two seeds', () => {
    let input: ExperimentInput;
    let key: string;
    before(async () => {
      input = await laboratory.perform({ folds: 3, seeds: 2 });
      ({ key } = await pool(input));
    });

    it('answers every recording once under each seed', async () => {
      const results = await readResults(laboratory.store, key);
      const answers = await readPooledAnswers(laboratory.store, key, results);
      const rows = new Set(answers.flat().map(({ sha256 }) => sha256));
      for (const folds of [answers.slice(0, 3), answers.slice(3)]) {
        const recordings = folds.flat().map(({ sha256 }) => sha256);
        expect(recordings).to.have.length(rows.size);
        expect(new Set(recordings).size).to.equal(rows.size);
      }
      expect(results.metrics.count).to.equal(2 * rows.size);
      expect(results.leftOut).to.equal(0);
    });

    it('measures what the answers say, by fold, by seed and as a whole', async () => {
      const results = await readResults(laboratory.store, key);
      const answers = await readPooledAnswers(laboratory.store, key, results);
      const accuracy = (some: typeof answers) =>
        some.flat().filter(({ emotion, predicted }) => emotion === predicted).length / some.flat().length;
      results.repetitions.forEach(({ metrics }, index) => {
        expect(metrics.accuracy).to.be.closeTo(accuracy([answers[index]!]), 1e-12);
      });
      const seeds = [accuracy(answers.slice(0, 3)), accuracy(answers.slice(3))] as const;
      expect(results.seeds.map(({ metrics }) => metrics.accuracy)).to.deep.equal(seeds);
      expect(results.metrics.accuracy).to.be.closeTo(accuracy(answers), 1e-12);
      expect(results.overSeeds!.accuracy.mean).to.be.closeTo((seeds[0] + seeds[1]) / 2, 1e-12);
      expect(results.overSeeds!.accuracy.deviation).to.be.closeTo(Math.abs(seeds[0] - seeds[1]) / Math.SQRT2, 1e-12);
      const { low, high } = results.intervals.accuracy;
      expect(results.metrics.accuracy).to.be.within(low, high);
    });

    it('is done once, and the same bytes when it is done again', async () => {
      const before = await laboratory.store.get(`experiments/${key}/results.json`);
      expect(await pool(input)).to.include({ key, reused: true });
      await laboratory.store.delete(manifestKey(`experiments/${key}`));
      expect(await pool(input)).to.include({ key, reused: false });
      expect(await laboratory.store.get(`experiments/${key}/results.json`)).to.deep.equal(before);
    });

    it('trains nothing again when the experiment is run again', async () => {
      const trained = laboratory.pool.counts.get('trainNetwork');
      await laboratory.perform({ folds: 3, seeds: 2 });
      expect(laboratory.pool.counts.get('trainNetwork')).to.equal(trained);
    });

    it('is written as a page with every fold', async () => {
      const activities = activitiesOver(laboratory.store, laboratory.pool);
      const report = await activities.writeExperimentReport({ ...input, experiment: key, timings: [] });
      const page = new TextDecoder().decode(await laboratory.store.get(`reports/${report.key}/report.html`));
      expect(page.match(/<section id="[a-z]+"/g)).to.include('<section id="repetitions"');
      const table = /aria-label="Every test part".*?<\/table>/s.exec(page)![0];
      expect(table.match(/<tr>/g)).to.have.length(1 + 6 + 2 + 2);
    });

    it('leaves nothing to the garbage collection that it would reuse, and everything once it is forgotten', async () => {
      const { config, ...shared } = input;
      const status: Partial<RunStatus> = {
        ...{ name: 'kept', config, state: 'completed', startedAt: '2026-01-01T00:00:00.000Z' },
        stages: [
          { stage: 'fetchCorpus', state: 'done', key: input.catalogue },
          { stage: 'poolTrials', state: 'done', key },
        ],
        experiment: { ...{ total: 6, done: 6, running: 0, failed: 0 }, shared },
      };
      await laboratory.store.put('runs/kept.json', jsonBytes(status));
      const garbage = async () =>
        (await findGarbage(laboratory.store, await neededUnits(laboratory.store), LATER)).map(({ unit }) => unit);
      const keys = repetitionsOf(config).map((repetition) => keysOfRun(input, trialRun(config, repetition)));
      const needed = [
        ...[`experiments/${key}`, `plans/${input.plans['librosa195']!.key}`],
        ...keys.flatMap(({ split, model, evaluation }) => [
          ...[`splits/${split}`, `models/${model}`, `evaluations/${evaluation}`],
        ]),
      ];
      expect((await garbage()).filter((unit) => needed.includes(unit))).to.be.empty;
      const context = { configuration: { store: { url: laboratory.store.url } }, workingFolder: '/' };
      const refusal = await failureOf(() => openModel('kept', context as unknown as CommandContext));
      expect(refusal).to.include({ kind: 'BadConfig', what: 'is an experiment, which leaves no model' });
      expect(refusal.remedy).to.include('./ser run --data').and.include('--name kept-best');
      await laboratory.store.delete('runs/kept.json');
      expect(await garbage()).to.include.members(needed);
    });

    it('refuses folds that do not test every recording once', async () => {
      const { tested } = await experimentRuns(laboratory.store, input);
      const { split } = tested[0]!.keys;
      const path = `splits/${split}/split.parquet`;
      const bytes = (await laboratory.store.get(path))!;
      const row = { sha256: 'f'.repeat(64), emotion: 'angry', part: 'train' as const };
      const forged = splitFiles([row]).get('split.parquet')!;
      const manifest = JSON.parse(
        new TextDecoder().decode(await laboratory.store.get(manifestKey(`splits/${split}`))),
      ) as { outputs: { sizeBytes: number; sha256: string; etag: string }[] };
      const written = await laboratory.store.put(path, forged);
      const output = { sizeBytes: forged.byteLength, sha256: sha256Of(forged), etag: written.etag };
      const before = await laboratory.store.get(manifestKey(`splits/${split}`));
      Object.assign(manifest.outputs[0]!, output);
      await laboratory.store.put(manifestKey(`splits/${split}`), jsonBytes(manifest));
      await laboratory.store.delete(manifestKey(`experiments/${key}`));
      const error: unknown = await pool(input).catch((thrown: unknown) => thrown);
      expect((error as Error).message).to.include('do not test every recording once');
      await laboratory.store.put(path, bytes);
      await laboratory.store.put(manifestKey(`splits/${split}`), before!);
    });
  });

  describe('of a search', () => {
    const experiment: ExperimentConfig = {
      folds: 2,
      search: {
        options: { learningRate: [1e-6, 0.01], classWeights: [null, 'balanced'] },
        points: '0-3',
        metric: 'balancedAccuracy',
        inner: { protocol: 'random', folds: 2 },
        keep: 0.5,
      },
    };
    let input: ExperimentInput;
    before(async () => (input = await laboratory.perform(experiment)));

    it('tests in each fold what its inner folds chose, none of whose recordings that fold tests', async () => {
      const { tested, choices, searched } = await experimentRuns(laboratory.store, input);
      expect(searched).to.have.length(2 * (4 + 2));
      tested.forEach(({ chosen }, fold) => expect(chosen).to.equal(choices![fold]!.chosen));
      for (const [fold, repetition] of repetitionsOf(input.config).entries()) {
        const inner = { ...repetition.split, inner: { protocol: 'random' as const, index: 0, of: 2 } };
        const { split } = keysOfRun(input, trialRun(input.config, { ...repetition, split: inner }, 0));
        const seen = new Set((await readSplit(laboratory.store, split)).map(({ sha256 }) => sha256));
        const outer = await readSplit(laboratory.store, tested[fold]!.keys.split);
        expect(outer.filter(({ part }) => part === 'test').some(({ sha256 }) => seen.has(sha256))).to.equal(false);
        expect(outer.filter(({ part }) => part !== 'test').every(({ sha256 }) => seen.has(sha256))).to.equal(true);
      }
    });

    it('tells every trial with its scores and interval, the chosen one first', async () => {
      const { key, chosen } = await pool(input);
      const { search } = await readResults(laboratory.store, key);
      expect(search!.trials.map(({ point }) => point)).to.have.members([0, 1, 2, 3]);
      expect(search!.trials[0]!.point).to.equal(chosen);
      expect(search!.trials.reduce((sum, { chosenBy }) => sum + chosenBy, 0)).to.equal(2);
      for (const { score, interval } of search!.trials) expect(score!.mean).to.be.within(interval!.low, interval!.high);
      expect(search!.trials[0]!.folds).to.be.at.least(search!.trials.at(-1)!.folds);
    });
  });
});
