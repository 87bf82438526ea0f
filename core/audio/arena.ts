/** Memory for signals that are needed one recording long. */
export type Arena = {
  /** Room for so many samples; what it holds is not cleared. */
  take(length: number): Float32Array;
  /** Gives all of it back: whatever was taken may be taken again. */
  reset(): void;
};

/** More (90 s at 48 kHz) is not kept for the next recording. */
const MOST_KEPT = 1 << 22;

/**
 * One piece of memory that grows to what a recording needs. Memory of their own for each recording's signals costs more
 * than it seems: the system clears it page by page, and collecting it sets the garbage collector's threads to work.
 */
export function createArena(): Arena {
  let memory = new Float32Array(0);
  let taken = 0;
  return {
    take(length) {
      taken += length;
      return taken <= memory.length ? memory.subarray(taken - length, taken) : new Float32Array(length);
    },
    reset() {
      if (taken > memory.length && taken <= MOST_KEPT) memory = new Float32Array(taken);
      taken = 0;
    },
  };
}
