import type { ExperimentInput } from '../../core/contracts/activities.js';
import { type Choice, headlineOf, type Repetition } from '../../core/contracts/experiment.js';
import { chooseTrial, repetitionsOf, type TrialRun, trialRun } from '../../core/contracts/trials.js';
import { evaluationSpec, modelSpec, splitSpec } from '../../core/contracts/stages.js';
import type { Metrics } from '../../core/contracts/training.js';
import { featureSet } from '../../core/features/registry.js';
import { loadManifest } from '../../core/store/manifest.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { locateStage } from '../../core/store/stage.js';
import { parseJson, readStageOutput } from './stageOutput.js';

/** The keys of one training of an experiment. */
export type RunKeys = { split: string; model: string; evaluation: string };

/** A repetition with the training that was tested on it. */
export type TestedRun = { repetition: Repetition; keys: RunKeys; chosen?: number };

/** What an experiment has trained. */
export type ExperimentRuns = {
  tested: TestedRun[];
  /** By repetition, where there was a choice. */
  choices?: Choice[];
  /** The evaluations that the choice rests on. */
  searched: { point: number; evaluation: string }[];
};

/** The keys of a training follow from its settings, so that an experiment need not remember them. */
export function keysOfRun({ catalogue, plans, backend }: Omit<ExperimentInput, 'config'>, run: TrialRun): RunKeys {
  const { name, version } = featureSet(run.features);
  const skipped = plans[run.features]?.skipped ?? '';
  const split = locateStage(splitSpec(catalogue, { name, version }, run.split, skipped)).key;
  const model = locateStage(modelSpec(split, run.training, backend)).key;
  return { split, model, evaluation: locateStage(evaluationSpec(model, split)).key };
}

/** Every training that an experiment tests, chosen from the evaluations in the store as the experiment itself chose it. */
export async function experimentRuns(store: ObjectStore, input: ExperimentInput): Promise<ExperimentRuns> {
  const { config } = input;
  const { search } = config.experiment ?? {};
  const repetitions = repetitionsOf(config);
  const searched: ExperimentRuns['searched'] = [];
  const score = async (run: TrialRun, point: number) => {
    const { evaluation } = keysOfRun(input, run);
    if ((await loadManifest(store, `evaluations/${evaluation}`)) === undefined) return undefined;
    searched.push({ point, evaluation });
    const metrics = parseJson<Metrics>(await readStageOutput(store, `evaluations/${evaluation}`, 'metrics.json'));
    return headlineOf(metrics)[search!.metric];
  };
  const choices =
    search && (await Promise.all(repetitions.map((repetition) => chooseTrial(config, search, repetition, score))));
  const tested = repetitions.map((repetition, index): TestedRun => {
    const chosen = choices?.[index]?.chosen;
    const keys = keysOfRun(input, trialRun(config, repetition, chosen));
    return { repetition, keys, ...(chosen === undefined ? {} : { chosen }) };
  });
  searched.sort((a, b) => (a.evaluation < b.evaluation ? -1 : 1));
  return { tested, searched, ...(choices === undefined ? {} : { choices }) };
}
