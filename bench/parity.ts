import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { loadAudio } from '../core/audio/loadAudio.js';
import { SerError } from '../core/contracts/errors.js';
import { librosa195 } from '../core/features/librosa195.js';
import { createTuningMargins } from './shared/tuningMargins.js';
import { quantile, recordingsBelow } from './shared/recordings.js';

/** Errors are in units of the column's standard deviation over the reference file. */
const MEDIAN_BAR = 1e-5;
const CELL_BAR = 1e-2;
const CELLS_WITHIN = 0.998;
const FILES_BEYOND = 0.02;
/** Votes between the fullest and the next class of a tuning histogram that one rounding may bridge. */
const NEAR_TIE = 2;

const { columns } = librosa195;

type ReferenceRow = { file: string; rate: number; values: number[] };
type Cell = { file: string; rate: number; column: string; error: number };

/**
 * `npm run bench -- parity [CORPUS] [--reference CSV]`: our features of the recordings below a folder against librosa's, by
 * group and native rate. Exits 1 if a bar is missed.
 */
export async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { reference: { type: 'string', default: '../shared/reference/librosa_features.csv' } },
  });
  const reference = readReference(values.reference);
  const paths = new Map(recordingsBelow(positionals[0] ?? '.ser/corpus').map((path) => [basename(path), path]));
  const deviations = columns.map((_, i) => deviation(reference.map((row) => row.values[i]!)));
  const extract = librosa195.createExtractor();
  const marginsOf = createTuningMargins();

  const cells: Cell[] = [];
  const margins = new Map<string, number>();
  for (const { file, rate, values: expected } of reference) {
    const path = paths.get(file);
    if (path === undefined) continue;
    const samples = await loadAudio(readFileSync(path), path, librosa195);
    const own = columns.map((column, i) => ({ file, rate, column, error: 0, i }));
    extract(samples).forEach((value, i) => (own[i]!.error = Math.abs(value - expected[i]!) / deviations[i]!));
    cells.push(...own);
    if (own.some((cell) => !isUnstable(cell) && cell.error > CELL_BAR)) {
      margins.set(file, Math.min(...marginsOf(samples)));
    }
  }
  const files = new Set(cells.map((cell) => cell.file)).size;
  if (files < reference.length) {
    console.error(`parity: ${reference.length - files} of ${reference.length} files of the reference were not found`);
  }
  printTable(cells);
  return judge(cells, files, margins) && files > 0 ? 0 : 1;
}

/**
 * Valleys in the stop band of a resampler, at -140 dB, where librosa itself is not stable: `contrast_6` of everything that
 * was resampled, `contrast_5` too where the Nyquist frequency was below it.
 */
function isUnstable({ column, rate }: Cell): boolean {
  return (column === 'contrast_6' && rate !== 22050) || (column === 'contrast_5' && rate < 12000);
}

function groupOf(cell: Cell): string {
  return isUnstable(cell) ? `${cell.column} (no bar)` : cell.column.replace(/_\d+$/, '');
}

function printTable(cells: Cell[]): void {
  const groups = new Map<string, number[]>();
  for (const cell of cells) {
    for (const group of isUnstable(cell) ? [groupOf(cell)] : [groupOf(cell), 'all']) {
      const key = `${String(cell.rate).padStart(6)}  ${group.padEnd(19)}`;
      if (!groups.has(key)) groups.set(key, []);
      groups.get(key)!.push(cell.error);
    }
  }
  console.log(
    '  rate  group                 cells   median     99.9 %    largest   (standard deviations of the column)',
  );
  for (const [key, errors] of [...groups].sort(([a], [b]) => (a < b ? -1 : 1))) {
    errors.sort((a, b) => a - b);
    const shown = [0.5, 0.999, 1].map((p) => quantile(errors, p).toExponential(1).padStart(10));
    console.log(`${key} ${String(errors.length).padStart(7)} ${shown.join(' ')}`);
  }
}

function judge(cells: Cell[], files: number, margins: Map<string, number>): boolean {
  const errors = cells.filter((cell) => !isUnstable(cell)).map((cell) => cell.error);
  const ordered = errors.sort((a, b) => a - b);
  const median = quantile(ordered, 0.5);
  const within = ordered.filter((error) => error <= CELL_BAR).length / ordered.length;
  const unexplained = [...margins].filter(([, margin]) => margin > NEAR_TIE);
  const verdicts = [
    [`median ${median.toExponential(1)}, at most ${MEDIAN_BAR}`, median <= MEDIAN_BAR],
    [
      `${(100 * within).toFixed(3)} % of the cells within ${CELL_BAR}, at least ${100 * CELLS_WITHIN}`,
      within >= CELLS_WITHIN,
    ],
    [`${margins.size} of ${files} files have cells beyond, at most 2 %`, margins.size <= FILES_BEYOND * files],
    [`${unexplained.length} of them without a near-tie of their tuning histogram`, unexplained.length === 0],
  ] as const;
  for (const [text, holds] of verdicts) console.log(`${holds ? 'holds ' : 'MISSED'}  ${text}`);
  for (const [file, margin] of margins) console.log(`        ${file}: ${margin} votes between the two fullest classes`);
  return verdicts.every(([, holds]) => holds);
}

function readReference(path: string): ReferenceRow[] {
  const remedy = 'Name a table of features that librosa computed by --reference CSV.';
  if (!existsSync(path)) throw new SerError('BadConfig', 'there is no such file', path, remedy);
  const [header, ...lines] = readFileSync(path, 'utf8').trim().split(/\r?\n/);
  if (header !== ['file', 'rate', 'channels', ...columns].join(',')) {
    throw new SerError('BadConfig', `its header is not that of ${librosa195.name}`, path, remedy);
  }
  return lines.map((line) => {
    const [file, rate, , ...values] = line.split(',');
    return { file: file!, rate: Number(rate), values: values.map(Number) };
  });
}

function deviation(values: number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}
