import { SerError } from '../contracts/errors.js';
import type { CatalogueCounts, Reject } from '../contracts/runs.js';
import type { Utterance } from '../contracts/utterance.js';

/** The utterances of a run, usable and rejected ones. */
export type Catalogue = { rows: Utterance[]; counts: CatalogueCounts; rejects: Reject[] };

const REJECTS_IN_MESSAGE = 3;

/**
 * Orders what was inspected by hash and settles byte-identical recordings: of those under one label the first by path is
 * kept, those under contradictory labels are all rejected. The result does not depend on the order of the rows.
 */
export function buildCatalogue(inspected: readonly Utterance[]): Catalogue {
  const rows = [...inspected].sort(byHashThenPath);
  const sameBytes = new Map<string, Utterance[]>();
  for (const row of rows.filter(({ status }) => status === 'ok')) {
    sameBytes.set(row.sha256, [...(sameBytes.get(row.sha256) ?? []), row]);
  }
  const settled = rows.map((row) => settleIdentical(row, sameBytes.get(row.sha256) ?? []));
  const rejected = settled.filter(({ status }) => status === 'rejected');
  const usable = settled.filter(({ status }) => status === 'ok');
  const seconds = usable.reduce((sum, { durationSeconds }) => sum + durationSeconds, 0);
  return {
    rows: settled,
    counts: { files: rows.length, usable: usable.length, rejected: rejected.length, hours: seconds / 3600 },
    rejects: rejected.map(({ path, reason }) => ({ path, reason })).sort((a, b) => compare(a.path, b.path)),
  };
}

const SAME_RECORDING = 'is the same recording as ';

function settleIdentical(row: Utterance, group: readonly Utterance[]): Utterance {
  const first = group[0];
  if (row.status !== 'ok' || first === undefined || group.length === 1) return row;
  if (group.some(({ emotion }) => emotion !== first.emotion)) {
    const others = group.filter((other) => other !== row).map(({ path, emotion }) => `${path} (${emotion})`);
    return { ...row, status: 'rejected', reason: `is byte-identical to ${others.join(', ')}, under another label` };
  }
  return row === first ? row : { ...row, status: 'rejected', reason: `${SAME_RECORDING}${first.path}` };
}

/**
 * Holds a catalogue to the limit on rejects. Repeated recordings do no harm and do not count.
 *
 * @param maxRejected share of the files, 0 to 1
 * @throws SerError `DataRefused` when nothing is usable or more is rejected than allowed, with the first few reasons
 */
export function refuseTooManyRejects({ rows, counts, rejects }: Catalogue, maxRejected: number): void {
  const bad = rejects.filter(({ reason }) => !reason.startsWith(SAME_RECORDING));
  const files = rows.length - (rejects.length - bad.length);
  if (counts.usable > 0 && bad.length <= maxRejected * files) return;
  const named = bad.slice(0, REJECTS_IN_MESSAGE).map(({ path, reason }) => `${path}: ${reason}`);
  const more = bad.length > named.length ? `; and ${bad.length - named.length} more` : '';
  const what =
    counts.usable === 0
      ? `none of ${files} files is usable: ${named.join('; ')}${more}`
      : `${bad.length} of ${files} files were rejected, more than ${percent(maxRejected)} of them: ${named.join('; ')}${more}`;
  throw new SerError('DataRefused', what, '', 'Mend or remove them, or raise the limit on rejected files.');
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(2))} %`;
}

function byHashThenPath(a: Utterance, b: Utterance): number {
  return compare(a.sha256, b.sha256) || compare(a.path, b.path);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
