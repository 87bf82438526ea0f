import type { DownloadProgress } from '../../contracts/runs.js';

/** The rate is that of so many last seconds, so that it follows the line and forgets a stall. */
const WINDOW_MS = 5000;
const TELL_EVERY_MS = 200;

/** Tells how far a download is, a few times a second, with its rate and the end. */
export type Meter = (at: { done: number; total: number; note?: string }) => void;

/**
 * @param tell what hears of it; undefined when nobody does
 * @param now a clock in milliseconds
 */
export function createMeter(
  { what, unit }: Pick<DownloadProgress, 'what' | 'unit'>,
  tell: ((progress: DownloadProgress) => void) | undefined,
  now: () => number = () => performance.now(),
): Meter {
  const marks: { ms: number; done: number }[] = [];
  let toldMs = -Infinity;
  return ({ done, total, note }) => {
    const ms = now();
    const last = marks.at(-1);
    if (last !== undefined && done < last.done) marks.length = 0; // it began anew
    if (ms - toldMs < TELL_EVERY_MS && note === undefined && done !== total) return;
    toldMs = ms;
    marks.push({ ms, done });
    while (marks.length > 2 && ms - marks[1]!.ms >= WINDOW_MS) marks.shift();
    const perSecond = rateOf(marks);
    tell?.({
      what,
      done,
      total,
      unit,
      ...(perSecond === undefined ? {} : { perSecond }),
      ...(note === undefined ? {} : { note }),
    });
  };
}

function rateOf(marks: readonly { ms: number; done: number }[]): number | undefined {
  const [first, last] = [marks[0], marks.at(-1)];
  if (first === undefined || last === undefined || last.ms === first.ms) return undefined;
  return (1000 * (last.done - first.done)) / (last.ms - first.ms);
}
