import type { Activities } from '../core/contracts/activities.js';
import { SerError } from '../core/contracts/errors.js';
import type { RunConfig } from '../core/contracts/runs.js';
import { SPLIT_FRACTIONS, splitSpec } from '../core/contracts/stages.js';
import type { SplitRow, Utterance } from '../core/contracts/utterance.js';
import { proveNoLeak, type SplitProof } from '../core/training/leakCheck.js';
import { splitBySpeaker } from '../core/training/speakerSplit.js';
import { splitRandom } from '../core/training/splits.js';
import type { ObjectStore } from '../core/store/objectStore.js';
import { runStage } from '../core/store/stage.js';
import type { Dependencies } from './dependencies.js';
import { beating } from './heartbeat.js';
import { readCatalogue } from './objects/catalogueObject.js';
import { extractionRejects } from './objects/featureTable.js';
import { type PlannedShard, readPlan, shardsWithout } from './objects/planObject.js';
import { splitFiles } from './objects/splitObject.js';
import { splitOfTable } from './objects/tableSplit.js';

/** Puts every recording that has features into training, validation or test, and proves that nothing leaks. */
export function splitUtterances({ store }: Dependencies): Activities['splitUtterances'] {
  return ({ catalogue, plan: planKey, split, skipped }) =>
    beating(async () => {
      const plan = await readPlan(store, planKey);
      const { key, reused, manifest } = await runStage(
        store,
        splitSpec(catalogue, plan.featureSet, split, skipped),
        async () => {
          const usable = await recordingsWithFeatures(store, catalogue, shardsWithout(plan, skipped));
          const rows = splitBy(split, usable);
          const proof = proveNoLeak(rows, usable, split.protocol);
          refuseSharedSpeakers(proof, usable);
          if (!proof.holds) throw new Error(`the split leaks: ${JSON.stringify(proof)}`); // a defect of the splitter
          return { files: splitFiles(rows), details: { proof } };
        },
      );
      return { key, reused, note: noteOf(split, manifest.details?.['proof']) };
    });
}

async function recordingsWithFeatures(
  store: ObjectStore,
  catalogue: string,
  shards: readonly PlannedShard[],
): Promise<Utterance[]> {
  const refused = new Set((await extractionRejects(store, shards)).map(({ path }) => path));
  const extracted = new Set(
    shards.flatMap(({ recordings }) =>
      recordings.filter(({ audio }) => !refused.has(audio)).map(({ sha256 }) => sha256),
    ),
  );
  return (await readCatalogue(store, catalogue)).filter(
    ({ status, sha256 }) => status === 'ok' && extracted.has(sha256),
  );
}

function splitBy({ protocol, seed, fold }: RunConfig['split'], usable: readonly Utterance[]): SplitRow[] {
  if (protocol === 'sentence' || protocol === 'corpus' || fold !== undefined) {
    throw new SerError('BadConfig', `${protocol}${fold === undefined ? '' : ' by folds'} is not known yet`, '--split');
  }
  const { given, rest } = splitOfTable(usable);
  const options = { seed, fractions: SPLIT_FRACTIONS };
  const divide = protocol === 'speaker' ? splitBySpeaker : splitRandom;
  const divided = rest.length === 0 ? [] : divide(rest, options);
  return [...given, ...divided].sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1));
}

/** A table may put one speaker into two parts; that is its author's to mend. */
function refuseSharedSpeakers({ protocol, sharedSpeakers }: SplitProof, usable: readonly Utterance[]): void {
  if (protocol !== 'speaker' || sharedSpeakers.length === 0 || usable.every(({ split }) => split === '')) return;
  throw new SerError(
    'DataRefused',
    `the split of the table has speakers in two parts: ${sharedSpeakers.slice(0, 3).join(', ')}`,
    'split',
    'Give each speaker one part, or use --split random.',
  );
}

function noteOf({ protocol, seed }: RunConfig['split'], proof: unknown): string {
  const { train, validation, test } = (proof as ReturnType<typeof proveNoLeak>).recordings;
  return `${protocol}, seed ${seed}: ${train} training, ${validation} validation, ${test} test`;
}
