/** So many shards tell the rate: enough to even them out, and few enough to notice workers that join or leave. */
const SHARDS_MEASURED = 32;

/** A silence of more than this counts as time in which nothing was done. */
const SILENCE_MS = 60_000;

/** How fast an extraction went of late: files that were computed within a span, in milliseconds since 1970. */
export type Pace = { files: number; sinceMs: number; untilMs: number };

/** Watches how fast shards are computed. */
export type PaceMeter = {
  count(files: number, nowMs: number): void;
  /** Undefined before the first shard. */
  pace(): Pace | undefined;
};

/** @param startedMs when the first shards were asked for, in milliseconds since 1970 */
export function createPaceMeter(startedMs: number): PaceMeter {
  const marks = [{ ms: startedMs, files: 0 }];
  return {
    count(files, nowMs) {
      marks.push({ ms: nowMs, files });
      if (marks.length > SHARDS_MEASURED + 1) marks.shift();
    },
    pace() {
      const [first, ...rest] = marks;
      const last = rest.at(-1);
      if (first === undefined || last === undefined) return undefined;
      return { files: rest.reduce((sum, { files }) => sum + files, 0), sinceMs: first.ms, untilMs: last.ms };
    },
  };
}

/** Files a second; undefined when no time has passed. */
export function rateOf({ files, sinceMs, untilMs }: Pace, nowMs: number): number | undefined {
  const spanMs = Math.max(untilMs, nowMs - SILENCE_MS) - sinceMs;
  return spanMs > 0 ? (1000 * files) / spanMs : undefined;
}
