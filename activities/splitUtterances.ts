import type { Activities } from '../core/contracts/activities.js';
import { SerError } from '../core/contracts/errors.js';
import type { SplitConfig } from '../core/contracts/splits.js';
import { splitSpec } from '../core/contracts/stages.js';
import type { SplitRow, Utterance } from '../core/contracts/utterance.js';
import { proveNoLeak, type SplitProof } from '../core/training/splits/leakCheck.js';
import { makeSplit } from '../core/training/splits/makeSplit.js';
import type { ObjectStore } from '../core/store/objectStore.js';
import { runStage } from '../core/store/stage.js';
import type { Dependencies } from './dependencies.js';
import { beating } from './heartbeat.js';
import { readCatalogue } from './objects/catalogueObject.js';
import { extractionRejects } from './objects/featureTable.js';
import { type PlannedShard, readPlan, shardsWithout } from './objects/planObject.js';
import { proofOf, splitFiles } from './objects/splitObject.js';
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
          const { rows, of } = splitBy(split, usable);
          const proof = proveNoLeak(rows, of, (split.inner ?? split).protocol);
          refuseTableThatLeaks(proof, of);
          if (!proof.holds) throw new Error(`the split leaks: ${JSON.stringify(proof)}`); // a defect of the splitter
          return { files: splitFiles(rows), details: { proof } };
        },
      );
      return { key, reused, note: noteOf(split, proofOf(manifest)) };
    });
}

async function recordingsWithFeatures(
  store: ObjectStore,
  catalogue: string,
  shards: readonly PlannedShard[],
): Promise<Utterance[]> {
  const originals = shards.filter(({ augment }) => augment === undefined);
  const refused = new Set((await extractionRejects(store, shards)).map(({ path }) => path));
  const extracted = new Set(
    originals.flatMap(({ recordings }) =>
      recordings.filter(({ audio }) => !refused.has(audio)).map(({ sha256 }) => sha256),
    ),
  );
  return (await readCatalogue(store, catalogue)).filter(
    ({ status, sha256 }) => status === 'ok' && extracted.has(sha256),
  );
}

/** The split, and the recordings that it is a split of: an inner one takes what the other does not test. */
function splitBy(config: SplitConfig, usable: readonly Utterance[]): { rows: SplitRow[]; of: readonly Utterance[] } {
  const { inner, ...outer } = config;
  const rows = outerSplit(outer, usable);
  if (inner === undefined) return { rows, of: usable };
  const untested = new Set(rows.filter(({ part }) => part !== 'test').map(({ sha256 }) => sha256));
  const of = usable.filter(({ sha256 }) => untested.has(sha256));
  const { protocol, ...fold } = inner;
  return { rows: makeSplit(of, { protocol, seed: config.seed, fold }), of };
}

function outerSplit(config: SplitConfig, usable: readonly Utterance[]): SplitRow[] {
  const { given, rest } = splitOfTable(usable);
  if (given.length > 0 && config.fold !== undefined) {
    const remedy = 'Leave the column "split" empty, or train without folds.';
    throw new SerError('BadConfig', 'the table says which part a recording is in', 'folds', remedy);
  }
  const divided = rest.length === 0 ? [] : makeSplit(rest, config);
  return [...given, ...divided].sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1));
}

/** A table may put one speaker (sentence, corpus) into two parts; that is its author's to mend. */
function refuseTableThatLeaks(proof: SplitProof, usable: readonly Utterance[]): void {
  const { protocol, sharedWithTest, sharedWithValidation } = proof;
  const shared = protocol === 'speaker' ? [...sharedWithTest, ...sharedWithValidation] : sharedWithTest;
  if (shared.length === 0 || usable.every(({ split }) => split === '')) return;
  throw new SerError(
    'DataRefused',
    `the split of the table has what protocol ${protocol} keeps apart in two parts: ${shared.slice(0, 3).join(', ')}`,
    'split',
    `Give each ${protocol} one part, or use --split random.`,
  );
}

/** One line for people: the protocol, the sizes of the parts, and what is not as one would expect. */
function noteOf({ protocol, seed, fold, leaveOut, inner }: SplitConfig, proof: SplitProof): string {
  const { train, validation, test } = proof.recordings;
  const which = fold === undefined ? '' : `, fold ${fold.index + 1} of ${fold.of}`;
  const without = leaveOut === undefined ? '' : `, ${leaveOut} left out`;
  const within = inner === undefined ? '' : `, inner fold ${inner.index + 1} of ${inner.of}`;
  const leftOut =
    proof.leftOut.length === 0 ? '' : `; ${proof.leftOut.length} of classes without training are in no part`;
  const sizes = `${train} training, ${validation} validation, ${test} test`;
  return `${protocol}${which}${without}${within}, seed ${seed}: ${sizes}${leftOut}`;
}
