import type { Activities, Promotion } from '../core/contracts/activities.js';
import type { RunConfig } from '../core/contracts/runs.js';
import type { Metrics, ModelMetadata } from '../core/contracts/training.js';
import type { ObjectStore } from '../core/store/objectStore.js';
import type { Dependencies } from './dependencies.js';
import { type Champion, CHAMPION_KEY } from './objects/champion.js';
import { jsonBytes, parseJson, readStageOutput } from './objects/stageOutput.js';

/** Makes the model the one that `predict` uses, if the policy says so; another run's promotion is never overwritten unseen. */
export function promoteModel({ store }: Dependencies): Activities['promoteModel'] {
  return async ({ run, policy, model, evaluation, split }) => {
    const challenger = await championOf(store, run, model, evaluation, split);
    for (;;) {
      const info = await store.head(CHAMPION_KEY);
      const bytes = info && (await store.get(CHAMPION_KEY));
      const champion = bytes && parseJson<Champion>(bytes);
      const verdict = judge(policy, champion, challenger);
      if (!verdict.promoted || champion?.model === challenger.model) return verdict;
      const next = jsonBytes({ ...challenger, reason: verdict.reason });
      if (await store.putIf(CHAMPION_KEY, next, info ? { etag: info.etag } : { absent: true })) return verdict;
    }
  };
}

async function championOf(
  store: ObjectStore,
  run: string,
  model: string,
  evaluation: string,
  split: string,
): Promise<Champion> {
  const metadata = parseJson<ModelMetadata>(await readStageOutput(store, `models/${model}`, 'metadata.json'));
  const metrics = parseJson<Metrics>(await readStageOutput(store, `evaluations/${evaluation}`, 'metrics.json'));
  return {
    run,
    model,
    split,
    macroF1: metrics.macro.f1,
    synthetic: metadata.trainedOn.synthetic,
    reason: '',
  };
}

/** Scores are only compared on the same test recordings; synthetic speech never displaces real speech. */
function judge(policy: RunConfig['promote'], champion: Champion | undefined, challenger: Champion): Promotion {
  if (policy === 'never') return { promoted: false, reason: 'not asked for' };
  if (champion === undefined) return { promoted: true, reason: 'the first model of this store' };
  if (champion.model === challenger.model) return { promoted: true, reason: `since run ${champion.run}` };
  if (policy === 'always') return { promoted: true, reason: 'asked for' };
  if (challenger.synthetic && !champion.synthetic) {
    return { promoted: false, reason: `${champion.run} was trained on real speech, this one on synthetic` };
  }
  if (champion.split !== challenger.split)
    return { promoted: true, reason: `${champion.run} was trained on other data` };
  const figures = `macro F1 ${percent(challenger.macroF1)} against ${percent(champion.macroF1)} of ${champion.run}`;
  return { promoted: challenger.macroF1 > champion.macroF1, reason: `${figures} on the same test recordings` };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
