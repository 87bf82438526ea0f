import { makePlan, planFiles, type ShardPlan, specOfPlan } from '../../activities/objects/planObject.js';
import type { Utterance } from '../../core/contracts/utterance.js';
import { librosa195 } from '../../core/features/librosa195.js';
import { openStore } from '../../core/store/open.js';
import { runStage } from '../../core/store/stage.js';
import type { StoredRecording } from './officialCorpus.js';

/** Plans the extraction of recordings that lie in the folder of a store, and keeps the plan there. */
export async function storePlan(
  folder: string,
  recordings: readonly StoredRecording[],
): Promise<{ plan: ShardPlan; key: string }> {
  const store = await openStore({ url: folder });
  const { name, version } = librosa195;
  const rows = recordings.map((recording) => ({ ...recording, status: 'ok' }) as Utterance);
  const plan = makePlan('bench', rows, { name, version });
  const { key } = await runStage(store, specOfPlan('bench', plan.featureSet), () =>
    Promise.resolve({ files: planFiles(plan) }),
  );
  return { plan, key };
}
