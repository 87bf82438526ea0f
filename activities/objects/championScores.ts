import type { ChampionScores } from '../../core/contracts/report.js';
import { evaluationSpec } from '../../core/contracts/stages.js';
import type { Metrics } from '../../core/contracts/training.js';
import { loadManifest } from '../../core/store/manifest.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { locateStage } from '../../core/store/stage.js';
import { type Answer, readAnswers } from './answerTable.js';
import { type Champion, CHAMPION_KEY } from './champion.js';
import { parseJson, readStageOutput } from './stageOutput.js';

type Challenger = { model: string; split: string; answers: readonly Answer[] };

/**
 * The champion as it stands, to be set beside a model.
 *
 * @returns undefined when there is none, it is this model, or its evaluation (of an earlier version, say) does not stand
 */
export async function championScores(
  store: ObjectStore,
  { model, split, answers }: Challenger,
): Promise<ChampionScores | undefined> {
  const bytes = await store.get(CHAMPION_KEY);
  const champion = bytes && parseJson<Champion>(bytes);
  if (champion === undefined || champion.model === model) return undefined;

  const { folder } = locateStage(evaluationSpec(champion.model, champion.split));
  if ((await loadManifest(store, folder)) === undefined) return undefined;
  const metrics = parseJson<Metrics>(await readStageOutput(store, folder, 'metrics.json'));
  const { accuracy, balancedAccuracy, logLoss, count, macro } = metrics;
  const sameSplit = champion.split === split;
  return {
    run: champion.run,
    metrics: { accuracy, balancedAccuracy, logLoss, count, macroF1: macro.f1 },
    sameSplit,
    ...(sameSplit ? { disagreement: disagreement(answers, await readAnswers(store, folder, metrics.labels)) } : {}),
  };
}

function disagreement(
  answers: readonly Answer[],
  ofChampion: readonly Answer[],
): NonNullable<ChampionScores['disagreement']> {
  const isRight = ({ emotion, predicted }: Answer) => emotion === predicted;
  const championIsRight = new Map(ofChampion.map((answer) => [answer.sha256, isRight(answer)]));
  const count = (right: boolean) =>
    answers.filter((answer) => isRight(answer) === right && championIsRight.get(answer.sha256) === !right).length;
  return { onlyThis: count(true), onlyChampion: count(false) };
}
