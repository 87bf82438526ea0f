/** How many values of a band can be taken at most. */
const SLOTS: i32 = 9;

/**
 * Means of the smallest and of the largest few magnitudes of each band, for four frames at a time: valley and peak of
 * the spectral contrast.
 *
 * `bands`: for each, first bin, number of bins, how many to take, at most nine (three i32). `valleys` and `peaks` take one
 * vector a band. `scratch` has room for nine vectors.
 */
export function extremes(
  magnitude: usize,
  bands: usize,
  count: i32,
  scratch: usize,
  valleys: usize,
  peaks: usize,
): void {
  for (let band = 0; band < count; band++) {
    const first = magnitude + ((<usize>load<i32>(bands)) << 4);
    const bins = load<i32>(bands, 4);
    const take = load<i32>(bands, 8);
    bands += 12;
    if (take == 1) {
      storeLeastAndMost(first, bins, valleys, peaks);
    } else {
      // Each from the end where its values are likely: speech is loud below and quiet above.
      const last = first + ((<usize>(bins - 1)) << 4);
      v128.store(valleys, f32x4.neg(meanOfLargest(last, -16, bins, f32x4.splat(-0.0), take, scratch)));
      v128.store(peaks, meanOfLargest(first, 16, bins, f32x4.splat(0), take, scratch));
    }
    valleys += 16;
    peaks += 16;
  }
}

function storeLeastAndMost(first: usize, bins: i32, least: usize, most: usize): void {
  let smallest = v128.load(first);
  let largest = smallest;
  for (let at = first + 16, end = first + ((<usize>bins) << 4); at < end; at += 16) {
    const value = v128.load(at);
    smallest = f32x4.pmin(smallest, value);
    largest = f32x4.pmax(largest, value);
  }
  v128.store(least, smallest);
  v128.store(most, largest);
}

/**
 * Keeps the largest `take` of `bins` values, `step` bytes apart, in descending order, and takes in two at a time; `sign`
 * is put upon them before.
 *
 * There are always nine places, as many as fit into registers; the foremost are barred where fewer are to be taken.
 */
function meanOfLargest(at: usize, step: i32, bins: i32, sign: v128, take: i32, kept: usize): v128 {
  const empty = f32x4.splat(-Infinity);
  const barred = f32x4.splat(Infinity);
  let a0 = take > 8 ? empty : barred;
  let a1 = take > 7 ? empty : barred;
  let a2 = take > 6 ? empty : barred;
  let a3 = take > 5 ? empty : barred;
  let a4 = take > 4 ? empty : barred;
  let a5 = take > 3 ? empty : barred;
  let a6 = take > 2 ? empty : barred;
  let a7 = take > 1 ? empty : barred;
  let a8 = empty;
  for (; bins > 0; bins -= 2, at += 2 * step) {
    const one = v128.xor(v128.load(at), sign);
    const other = bins > 1 ? v128.xor(v128.load(at + step), sign) : empty;
    const more = f32x4.pmax(one, other);
    if (i32x4.bitmask(f32x4.gt(more, a8)) == 0) continue;
    const less = f32x4.pmin(one, other);
    a8 = f32x4.pmax(f32x4.pmax(a8, f32x4.pmin(a7, more)), f32x4.pmin(a6, less));
    a7 = f32x4.pmax(f32x4.pmax(a7, f32x4.pmin(a6, more)), f32x4.pmin(a5, less));
    a6 = f32x4.pmax(f32x4.pmax(a6, f32x4.pmin(a5, more)), f32x4.pmin(a4, less));
    a5 = f32x4.pmax(f32x4.pmax(a5, f32x4.pmin(a4, more)), f32x4.pmin(a3, less));
    a4 = f32x4.pmax(f32x4.pmax(a4, f32x4.pmin(a3, more)), f32x4.pmin(a2, less));
    a3 = f32x4.pmax(f32x4.pmax(a3, f32x4.pmin(a2, more)), f32x4.pmin(a1, less));
    a2 = f32x4.pmax(f32x4.pmax(a2, f32x4.pmin(a1, more)), f32x4.pmin(a0, less));
    a1 = f32x4.pmax(f32x4.pmax(a1, f32x4.pmin(a0, more)), less);
    a0 = f32x4.pmax(a0, more);
  }
  v128.store(kept, a0);
  v128.store(kept, a1, 16);
  v128.store(kept, a2, 32);
  v128.store(kept, a3, 48);
  v128.store(kept, a4, 64);
  v128.store(kept, a5, 80);
  v128.store(kept, a6, 96);
  v128.store(kept, a7, 112);
  v128.store(kept, a8, 128);
  const end = kept + ((<usize>SLOTS) << 4);
  const start = end - ((<usize>take) << 4);
  let sum = v128.load(start);
  for (let slot = start + 16; slot < end; slot += 16) sum = f32x4.add(sum, v128.load(slot));
  return f32x4.div(sum, f32x4.splat(<f32>take));
}
