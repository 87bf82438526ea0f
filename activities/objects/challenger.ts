import { evaluationSpec } from '../../core/contracts/stages.js';
import type { Metrics, ModelMetadata } from '../../core/contracts/training.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { locateStage } from '../../core/store/stage.js';
import type { Champion } from './champion.js';
import { parseJson, readStageOutput } from './stageOutput.js';

/** The keys that a finished run left behind. */
export type ChallengerKeys = { run: string; plan: string; split: string; model: string };

/** What the alias would say of a model, read from its outputs. */
export async function challengerOf(store: ObjectStore, keys: ChallengerKeys, reason: string): Promise<Champion> {
  const { folder } = locateStage(evaluationSpec(keys.model, keys.split));
  const metadata = parseJson<ModelMetadata>(await readStageOutput(store, `models/${keys.model}`, 'metadata.json'));
  const metrics = parseJson<Metrics>(await readStageOutput(store, folder, 'metrics.json'));
  return {
    ...keys,
    macroF1: metrics.macro.f1,
    synthetic: metadata.trainedOn.synthetic,
    reason,
    since: new Date().toISOString(),
  };
}
