import type { Activities } from '../core/contracts/activities.js';
import type { ModelComparison, Promotion } from '../core/contracts/promotion.js';
import type { RunConfig } from '../core/contracts/runs.js';
import { readManifest } from '../core/store/manifest.js';
import type { Dependencies } from './dependencies.js';
import { beating } from './heartbeat.js';
import { challengerOf } from './objects/challenger.js';
import { type Champion, crowned, replaceChampion } from './objects/champion.js';

/** On fewer recordings that neither was trained on, no model is held to be better. */
const LEAST_RECORDINGS = 20;

/** Makes the model the one that `predict` uses, if the policy says so; another run's promotion is never overwritten unseen. */
export function promoteModel({ store, pool }: Pick<Dependencies, 'store' | 'pool'>): Activities['promoteModel'] {
  return ({ run, policy, model, split, plan }) =>
    beating(async ({ signal }) => {
      const challenger = await challengerOf(store, { run, model, split, plan }, '');
      const compare = (champion: Champion) => pool.run('compareModels', { challenger, champion }, { signal });
      let verdict: Promotion = { promoted: false, reason: '' };
      await replaceChampion(store, async (champion) => {
        const stands = champion && (await readManifest(store, `models/${champion.model}`)) !== undefined;
        verdict = await judge(policy, stands === true ? champion : undefined, challenger, compare);
        if (!verdict.promoted || champion?.model === challenger.model) return undefined;
        return crowned({ ...challenger, reason: verdict.reason }, champion);
      });
      return verdict;
    });
}

/** Models are compared on recordings that neither was trained on; synthetic speech never displaces real speech. */
async function judge(
  policy: RunConfig['promote'],
  champion: Champion | undefined,
  challenger: Champion,
  compare: (champion: Champion) => Promise<ModelComparison>,
): Promise<Promotion> {
  if (policy === 'never') return { promoted: false, reason: 'not asked for' };
  if (champion === undefined) return { promoted: true, reason: 'there was none before' };
  if (champion.model === challenger.model) return { promoted: true, reason: `since run ${champion.run}` };
  if (policy === 'always') return { promoted: true, reason: 'asked for' };
  if (challenger.synthetic !== champion.synthetic) {
    const [real, synthetic] = champion.synthetic ? ['this one', champion.run] : [champion.run, 'this one'];
    return { promoted: champion.synthetic, reason: `${real} was trained on real speech, ${synthetic} on synthetic` };
  }
  const comparison = await compare(champion);
  return { ...judgeScores(policy, champion.run, comparison), comparison };
}

function judgeScores(policy: 'better' | 'higher', champion: string, comparison: ModelComparison): Promotion {
  const { recordings, macroF1, championMacroF1, difference, low, high } = comparison;
  const set = `${recordings} test recordings that neither was trained on`;
  if (recordings < LEAST_RECORDINGS) {
    return { promoted: false, reason: `there are only ${set}; ${champion} stays (by hand: ./ser promote)` };
  }
  const points = (share: number) => (100 * share).toFixed(1);
  const figures = `macro F1 ${points(macroF1)} % against ${points(championMacroF1)} % of ${champion} on ${set}`;
  const interval = `difference ${points(difference)} points, 95 % between ${points(low)} and ${points(high)}`;
  const promoted = policy === 'higher' ? difference > 0 : low > 0;
  const verdict = promoted || difference <= 0 || policy === 'higher' ? '' : '; no more than noise';
  return { promoted, reason: `${figures} (${interval})${verdict}` };
}
