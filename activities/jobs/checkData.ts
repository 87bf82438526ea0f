import { labelOrder } from '../../core/contracts/emotions.js';
import { SerError } from '../../core/contracts/errors.js';
import type { DataCheck, DataCheckInput } from '../../core/contracts/retraining.js';
import type { Utterance } from '../../core/contracts/utterance.js';
import { featureSet } from '../../core/features/registry.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { shareOutside } from '../../core/training/drift.js';
import { readCatalogue } from '../objects/catalogueObject.js';
import { readFeatures } from '../objects/featureTable.js';
import { readPlan, shardsWithout } from '../objects/planObject.js';
import type { Job } from './job.js';

/** Of fewer new recordings, the features say little. */
const LEAST_NEW = 20;
/** A class that keeps less than this share of its recordings has vanished for the most part. */
const LEAST_KEPT = 0.5;

/** Sets new data beside those of the last retraining, and refuses what looks like a mistake. */
export const checkData: Job<DataCheckInput, DataCheck> = async ({ catalogue, plan, skipped, baseline }, context) => {
  const store = await context.store();
  const before = await usableRows(store, baseline.catalogue);
  const now = await usableRows(store, catalogue);
  refuseVanishedClasses(before, now);

  const known = new Set(before.map(({ sha256 }) => sha256));
  const fresh = now.filter(({ sha256 }) => !known.has(sha256)).map(({ sha256 }) => sha256);
  const gone = before.length - (now.length - fresh.length);
  const counts = `${fresh.length} recordings new, ${gone} gone`;
  const drift = fresh.length < LEAST_NEW ? undefined : await driftOf(store, { plan, skipped }, fresh, baseline.plan);
  if (drift === undefined) return { newRecordings: fresh.length, note: `${counts}, too few to judge their features` };
  if (drift > baseline.maxDrift) {
    throw refused(
      `the features of ${fresh.length} new recordings are far off: ${percent(drift)} of their values are outside of what was usual before, more than ${percent(baseline.maxDrift)}`,
      'See whether level, sample rate or corpus changed; if they may, raise --max-drift.',
    );
  }
  return { newRecordings: fresh.length, drift, note: `${counts}, ${percent(drift)} of their feature values unusual` };
};

async function usableRows(store: ObjectStore, catalogue: string): Promise<Utterance[]> {
  return (await readCatalogue(store, catalogue)).filter(({ status }) => status === 'ok');
}

/** @throws SerError `DataRefused` naming the classes that lost more than half of their recordings */
export function refuseVanishedClasses(
  before: readonly Pick<Utterance, 'emotion'>[],
  now: readonly Pick<Utterance, 'emotion'>[],
): void {
  const count = (rows: typeof before, label: string) => rows.filter(({ emotion }) => emotion === label).length;
  const lost = labelOrder(before.map(({ emotion }) => emotion))
    .map((label) => ({ label, was: count(before, label), is: count(now, label) }))
    .filter(({ was, is }) => is < LEAST_KEPT * was);
  if (lost.length === 0) return;
  const named = lost.map(({ label, was, is }) => `${label} (${is} recordings, ${was} before)`).join(', ');
  throw refused(
    `classes have vanished: ${named}`,
    'See whether files or labels are missing; if it is meant so, delete the schedule and create it anew.',
  );
}

function refused(what: string, remedy: string): SerError {
  return new SerError('DataRefused', what, 'data check', remedy);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** Undefined when the two plans are of different feature sets, or no new recording has features. */
async function driftOf(
  store: ObjectStore,
  { plan: planKey, skipped }: Pick<DataCheckInput, 'plan' | 'skipped'>,
  fresh: readonly string[],
  baselineKey: string,
): Promise<number | undefined> {
  const plan = await readPlan(store, planKey);
  const baseline = await readPlan(store, baselineKey);
  const set = featureSet(plan.featureSet.name);
  if (baseline.featureSet.name !== set.name || baseline.featureSet.version !== plan.featureSet.version)
    return undefined;
  const all = baseline.shards.flatMap(({ recordings }) => recordings.map(({ sha256 }) => sha256));
  const before = await readFeatures(store, baseline, set.columns, all);
  const extracted = { ...plan, shards: shardsWithout(plan, skipped) };
  const wanted = new Set(fresh);
  const now = await readFeatures(store, extracted, set.columns, wanted);
  const rows = now.sha256s.flatMap((sha256, row) => (wanted.has(sha256) ? [row] : []));
  if (rows.length < LEAST_NEW) return undefined;
  const width = set.columns.length;
  const values = new Float64Array(rows.length * width);
  rows.forEach((row, index) => values.set(now.values.subarray(row * width, (row + 1) * width), index * width));
  return shareOutside(before.values, values, width);
}
