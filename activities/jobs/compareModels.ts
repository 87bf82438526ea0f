import { labelOrder } from '../../core/contracts/emotions.js';
import type { ModelComparison } from '../../core/contracts/promotion.js';
import { signTest } from '../../core/contracts/signTest.js';
import type { SplitRow } from '../../core/contracts/utterance.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { type Bundle, readBundle } from '../../core/training/bundle.js';
import { predictedClasses } from '../../core/training/metrics.js';
import { createPredictor } from '../../core/training/predictor.js';
import { bootstrapDifference, countDisagreement, macroF1 } from '../../core/training/significance.js';
import { rowsOf } from '../objects/featureTable.js';
import { answerable, featureUse, readModelFeatures } from '../objects/modelFeatures.js';
import { readPlan } from '../objects/planObject.js';
import { readSplit } from '../objects/splitObject.js';
import { readStageOutput } from '../objects/stageOutput.js';
import type { Job } from './job.js';

export type ComparedModel = { model: string; split: string; plan?: string };
export type CompareModelsInput = { challenger: ComparedModel; champion: ComparedModel };

type Contestant = ComparedModel & { bundle: Bundle; rows: SplitRow[] };

/** Lets two models answer the recordings that are in a test part and that neither was trained on or stopped by. */
export const compareModels: Job<CompareModelsInput, ModelComparison> = async (input, context) => {
  const store = await context.store();
  const [challenger, champion] = [await load(store, input.challenger), await load(store, input.champion)];
  const emotionOf = unseenByBoth(challenger.rows, champion.rows);
  const answers = await Promise.all(
    [challenger, champion].map((one) => answersOf(store, one, [challenger, champion], emotionOf)),
  );
  const [ofChallenger, ofChampion] = answers as [Map<string, string>, Map<string, string>];
  const common = [...emotionOf.keys()].filter((sha256) => ofChallenger.has(sha256) && ofChampion.has(sha256)).sort();

  const labels = labelOrder([...emotionOf.values(), ...ofChallenger.values(), ...ofChampion.values()]);
  const indices = (label: (sha256: string) => string) => common.map((sha256) => labels.indexOf(label(sha256)));
  const paired = {
    truth: indices((sha256) => emotionOf.get(sha256)!),
    first: indices((sha256) => ofChampion.get(sha256)!),
    second: indices((sha256) => ofChallenger.get(sha256)!),
  };
  const disagreement = countDisagreement(paired);
  return {
    recordings: common.length,
    macroF1: macroF1(paired.truth, paired.second, labels.length),
    championMacroF1: macroF1(paired.truth, paired.first, labels.length),
    ...bootstrapDifference(paired, labels.length),
    onlyThis: disagreement.onlySecond,
    onlyChampion: disagreement.onlyFirst,
    p: signTest(disagreement.onlyFirst, disagreement.onlySecond),
  };
};

async function load(store: ObjectStore, model: ComparedModel): Promise<Contestant> {
  const bundle = await readBundle((name) => readStageOutput(store, `models/${model.model}`, name));
  return { ...model, bundle, rows: await readSplit(store, model.split) };
}

/**
 * Recordings of one test part that are in no other part of either split, with their label; where labels differ, the
 * challenger's is the newer one.
 */
export function unseenByBoth(challenger: readonly SplitRow[], champion: readonly SplitRow[]): Map<string, string> {
  const seen = new Set([...challenger, ...champion].filter(({ part }) => part !== 'test').map(({ sha256 }) => sha256));
  const tested = [...champion, ...challenger].filter(({ part, sha256 }) => part === 'test' && !seen.has(sha256));
  return new Map(tested.map(({ sha256, emotion }) => [sha256, emotion]));
}

/** What a model answers, by recording. Its features may stand in the plan of either, if that is of its feature set. */
async function answersOf(
  store: ObjectStore,
  { bundle }: Contestant,
  contestants: readonly Contestant[],
  emotionOf: ReadonlyMap<string, string>,
): Promise<Map<string, string>> {
  const { name, version } = bundle.metadata.featureSet;
  const use = featureUse(bundle);
  const predict = createPredictor(bundle);
  const answers = new Map<string, string>();
  for (const { plan: planKey, rows } of contestants) {
    if (planKey === undefined) continue;
    const plan = await readPlan(store, planKey);
    if (plan.featureSet.name !== name || plan.featureSet.version !== version) continue;
    const unanswered = rows
      .filter(({ sha256, part }) => part === 'test' && emotionOf.has(sha256) && !answers.has(sha256))
      .map(({ sha256 }) => sha256);
    const wanted = await answerable(store, plan, rows, use, unanswered);
    const table = await readModelFeatures(store, plan, rows, use, wanted);
    const predicted = predictedClasses(predict(rowsOf(table, wanted), wanted.length), bundle.labels.length);
    wanted.forEach((sha256, row) => answers.set(sha256, bundle.labels[predicted[row]!]!));
  }
  return answers;
}
