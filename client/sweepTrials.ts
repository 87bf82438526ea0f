import { seededRandom } from '../core/audio/seededRandom.js';
import { SerError } from '../core/contracts/errors.js';

/** Any number from `min` to `max`, both included. */
export type SweepRange = {
  min: number;
  max: number;
  /** `log`: each factor is as likely as any other, rather than each distance. */
  scale: 'linear' | 'log';
  /** Whole numbers only. */
  whole: boolean;
};

/** What each option of a search may take: some values, or a range. */
export type SearchSpace = Readonly<Record<string, readonly unknown[] | SweepRange>>;

/** Trials as places in a grid of values: the last option changes fastest. */
export type DrawnTrials = { options: Record<string, readonly unknown[]>; points: number[] };

/** So many draws for each trial have to find one that was not there before. */
const DRAWS_PER_TRIAL = 1000;

/** Digits of a number that is drawn: more would tell nothing apart. */
const DIGITS = 4;

export function isRange(choices: SearchSpace[string]): choices is SweepRange {
  return !Array.isArray(choices);
}

/**
 * Draws distinct trials, each option by itself and evenly (random search; Bergstra and Bengio, 2012). The same seed draws the same.
 *
 * @returns of a range the numbers that were drawn, ascending; undefined where there are not so many trials
 * @throws SerError `BadConfig` where a number cannot tell all places of the grid apart
 */
export function drawTrials(space: SearchSpace, trials: number, seed: number): DrawnTrials | undefined {
  const { uniform } = seededRandom(`trials of a sweep, seed ${seed}`);
  const drawn = new Map<string, unknown[]>();
  for (let draws = 0; drawn.size < trials; draws++) {
    if (draws === trials * DRAWS_PER_TRIAL) return undefined;
    const trial = Object.values(space).map((choices) =>
      isRange(choices) ? numberAt(choices, uniform()) : choices[Math.floor(uniform() * choices.length)],
    );
    drawn.set(JSON.stringify(trial), trial);
  }
  const rows = [...drawn.values()];
  const columns = Object.values(space).map((choices, column) =>
    isRange(choices) ? ascending(rows.map((row) => row[column] as number)) : choices,
  );
  const size = columns.reduce((product, { length }) => product * length, 1);
  if (size > Number.MAX_SAFE_INTEGER) {
    const what = `${trials} trials make a grid of ${size.toPrecision(3)} combinations, and it takes ${Number.MAX_SAFE_INTEGER}`;
    throw new SerError('BadConfig', `${what}: draw fewer trials, or fewer options`);
  }
  const placeOf = (row: readonly unknown[]) =>
    columns.reduce((place, values, column) => place * values.length + values.indexOf(row[column]), 0);
  return {
    options: Object.fromEntries(Object.keys(space).map((name, column) => [name, columns[column]!])),
    points: rows.map(placeOf).sort((a, b) => a - b),
  };
}

/** @param share how far into the range, from 0 to below 1 */
function numberAt({ min, max, scale, whole }: SweepRange, share: number): number {
  const end = whole ? max + 1 : max;
  const number = scale === 'log' ? min * (end / min) ** share : min + (end - min) * share;
  return Math.min(max, Math.max(min, whole ? Math.floor(number) : Number(number.toPrecision(DIGITS))));
}

function ascending(numbers: readonly number[]): number[] {
  return [...new Set(numbers)].sort((a, b) => a - b);
}
