import type { Activities } from '../core/contracts/activities.js';
import type { RunConfig } from '../core/contracts/runs.js';
import { SPLIT_FRACTIONS, splitSpec } from '../core/contracts/stages.js';
import type { SplitRow, Utterance } from '../core/contracts/utterance.js';
import { proveNoLeak } from '../core/training/leakCheck.js';
import { splitBySpeaker } from '../core/training/speakerSplit.js';
import { splitRandom } from '../core/training/splits.js';
import { runStage } from '../core/store/stage.js';
import type { Dependencies } from './dependencies.js';
import { beating } from './heartbeat.js';
import { readCatalogue } from './objects/catalogueObject.js';
import { extractionRejects } from './objects/featureTable.js';
import { readPlan } from './objects/planObject.js';
import { splitFiles } from './objects/splitObject.js';

/** Puts every recording that has features into training, validation or test, and proves that nothing leaks. */
export function splitUtterances({ store }: Dependencies): Activities['splitUtterances'] {
  return ({ catalogue, plan: planKey, split }) =>
    beating(async () => {
      const plan = await readPlan(store, planKey);
      const { key, reused, manifest } = await runStage(
        store,
        splitSpec(catalogue, plan.featureSet, split),
        async () => {
          const refused = new Set((await extractionRejects(store, plan)).map(({ path }) => path));
          const audioOf = new Map(
            plan.shards.flatMap((shard) => shard.recordings.map((one) => [one.sha256, one.audio])),
          );
          const usable = (await readCatalogue(store, catalogue)).filter(
            (row) => row.status === 'ok' && !refused.has(audioOf.get(row.sha256) ?? ''),
          );
          const rows = splitBy(split, usable);
          return { files: splitFiles(rows), details: { proof: proveNoLeak(rows, usable, split.protocol) } };
        },
      );
      return { key, reused, note: noteOf(split, manifest.details?.['proof']) };
    });
}

function splitBy({ protocol, seed }: RunConfig['split'], usable: readonly Utterance[]): SplitRow[] {
  const options = { seed, fractions: SPLIT_FRACTIONS };
  return protocol === 'speaker' ? splitBySpeaker(usable, options) : splitRandom(usable, options);
}

function noteOf({ protocol, seed }: RunConfig['split'], proof: unknown): string {
  const { train, validation, test } = (proof as ReturnType<typeof proveNoLeak>).recordings;
  return `${protocol}, seed ${seed}: ${train} training, ${validation} validation, ${test} test`;
}
