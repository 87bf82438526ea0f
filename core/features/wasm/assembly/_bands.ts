/**
 * Weighted sums over neighbouring bins, for four frames at a time.
 *
 * A bank is a run of rows: first bin (i32), number of bins (i32), then as many weights (f32).
 */
export function sparseBank(spectrum: usize, bank: usize, rows: i32, out: usize): void {
  for (let row = 0; row < rows; row++) {
    let bin = spectrum + ((<usize>load<i32>(bank)) << 4);
    const count = load<i32>(bank, 4);
    bank += 8;
    let sum = f32x4.splat(0);
    for (let i = 0; i < count; i++) {
      sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(bank), v128.load(bin)));
      bank += 4;
      bin += 16;
    }
    v128.store(out + ((<usize>row) << 4), sum);
  }
}

/** Adds `rows` vectors, lanes beyond the mask left out, to the ones at `sums`. */
export function addRows(values: usize, rows: i32, lanes: usize, sums: usize): void {
  const mask = v128.load(lanes);
  for (let row = 0; row < rows; row++) {
    const at = (<usize>row) << 4;
    v128.store(sums + at, f32x4.add(v128.load(sums + at), v128.and(v128.load(values + at), mask)));
  }
}

/**
 * Number of bins, for each of four frames, below which the running sum of magnitudes stays under 85 % of the whole;
 * four i32 at `out`. The sum runs from bin 0 in single precision, as NumPy's `cumsum` does.
 */
export function rolloffBins(magnitude: usize, bins: i32, scratch: usize, out: usize): void {
  let sum = f32x4.splat(0);
  const bytes = (<usize>bins) << 4;
  for (let at: usize = 0; at < bytes; at += 16) {
    sum = f32x4.add(sum, v128.load(magnitude + at));
    v128.store(scratch + at, sum);
  }
  const threshold = f32x4.mul(sum, f32x4.splat(0.85));
  let below = i32x4.splat(0);
  for (let at: usize = 0; at < bytes; at += 16) {
    below = i32x4.sub(below, f32x4.lt(v128.load(scratch + at), threshold));
  }
  v128.store(out, below);
}
