/** Samples no larger than it in size count as zero, as in librosa's `zero_crossings`. */
const ZERO: f32 = 1e-10;

/**
 * Crossings inside of all frames together: frames of 2,048 samples, `hop` 512 apart, the first centred on sample 0, the
 * signal continued by its first and last sample. A frame's own first sample is never a crossing.
 *
 * `counts` has room for one i32 a block of 512 samples. Zeros after the signal are no crossings unless they are
 * looked at: only `count` samples are.
 */
export function zeroCrossings(samples: usize, count: i32, frames: i32, counts: usize): i32 {
  // Running totals over the padded signal: frame t covers blocks t to t + 3 of 512, of which its first sample is not counted.
  let total = 0;
  let previous = load<f32>(samples) < -ZERO ? 1 : 0;
  let running = 0;
  let sample = 0;
  const firstBlock = 2; // 1,024 samples of padding in front
  for (let block = 0; block < frames + 3; block++) {
    // crossings of this block, and whether its first sample is one
    let own = 0;
    let atFirst = 0;
    if (block >= firstBlock && sample < count) {
      const end = min(sample + 512, count);
      atFirst = (load<f32>(samples + ((<usize>sample) << 2)) < -ZERO ? 1 : 0) ^ previous;
      for (; sample + 4 <= end; sample += 4) {
        const signs = i32x4.bitmask(f32x4.lt(v128.load(samples + ((<usize>sample) << 2)), f32x4.splat(-ZERO)));
        own += popcnt((signs ^ ((signs << 1) | previous)) & 15);
        previous = signs >> 3;
      }
      for (; sample < end; sample++) {
        const sign = load<f32>(samples + ((<usize>sample) << 2)) < -ZERO ? 1 : 0;
        own += sign ^ previous;
        previous = sign;
      }
    }
    store<i32>(counts + ((<usize>block) << 2), own);
    running += own;
    if (block >= 4) running -= load<i32>(counts + ((<usize>(block - 4)) << 2));
    if (block >= 3) total += running;
    // the frame that begins with this block does not count its first sample
    if (block < frames) total -= atFirst;
  }
  return total;
}

/** 0 for silence, 1 for samples that are usable, 2 if any is not finite or larger than `limit`. */
export function examine(samples: usize, count: i32, limit: f32): i32 {
  let largest = f32x4.splat(0);
  let finite = i32x4.splat(-1);
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const size = f32x4.abs(v128.load(samples + ((<usize>i) << 2)));
    finite = v128.and(finite, f32x4.le(size, f32x4.splat(limit)));
    largest = f32x4.pmax(largest, size);
  }
  let bad = !i32x4.all_true(finite);
  let loud = v128.any_true(f32x4.gt(largest, f32x4.splat(0)));
  for (; i < count; i++) {
    const size = abs(load<f32>(samples + ((<usize>i) << 2)));
    if (!(size <= limit)) bad = true;
    if (size > 0) loud = true;
  }
  return bad ? 2 : loud ? 1 : 0;
}
