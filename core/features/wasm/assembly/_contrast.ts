/**
 * Means of the smallest and of the largest few magnitudes of each band, for four frames at a time: valley and peak of
 * the spectral contrast.
 *
 * `bands`: for each, first bin, number of bins, how many to take (three i32). `valleys` and `peaks` take one vector a
 * band. `scratch` has room for the largest number to take, in vectors.
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
    const bins = (<usize>load<i32>(bands, 4)) << 4;
    const take = load<i32>(bands, 8);
    bands += 12;
    v128.store(valleys + ((<usize>band) << 4), meanOfSmallest(first, bins, take, scratch));
    v128.store(peaks + ((<usize>band) << 4), meanOfLargest(first, bins, take, scratch));
  }
}

/** Keeps the smallest `take` so far in ascending order. Goes from the top, where speech is quiet: fewer insertions. */
function meanOfSmallest(first: usize, bytes: usize, take: i32, kept: usize): v128 {
  const last = kept + ((<usize>(take - 1)) << 4);
  for (let at = kept; at <= last; at += 16) v128.store(at, f32x4.splat(Infinity));
  for (let at = first + bytes - 16; at >= first; at -= 16) {
    let value = v128.load(at);
    if (!v128.any_true(f32x4.lt(value, v128.load(last)))) continue;
    for (let slot = kept; slot <= last; slot += 16) {
      const other = v128.load(slot);
      v128.store(slot, f32x4.pmin(other, value));
      value = f32x4.pmax(other, value);
    }
  }
  return meanOf(kept, last, take);
}

/** Keeps the largest `take` so far in descending order. */
function meanOfLargest(first: usize, bytes: usize, take: i32, kept: usize): v128 {
  const last = kept + ((<usize>(take - 1)) << 4);
  for (let at = kept; at <= last; at += 16) v128.store(at, f32x4.splat(-1));
  const end = first + bytes;
  for (let at = first; at < end; at += 16) {
    let value = v128.load(at);
    if (!v128.any_true(f32x4.gt(value, v128.load(last)))) continue;
    for (let slot = kept; slot <= last; slot += 16) {
      const other = v128.load(slot);
      v128.store(slot, f32x4.pmax(other, value));
      value = f32x4.pmin(other, value);
    }
  }
  return meanOf(kept, last, take);
}

function meanOf(kept: usize, last: usize, take: i32): v128 {
  let sum = v128.load(kept);
  for (let at = kept + 16; at <= last; at += 16) sum = f32x4.add(sum, v128.load(at));
  return f32x4.div(sum, f32x4.splat(<f32>take));
}
