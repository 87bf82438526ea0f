/** Kernels over 16-bit samples, eight to a vector. */

/** The first byte of memory that no code uses. */
export function heapBase(): usize {
  return __heap_base;
}

/**
 * Measures `count` vectors of eight samples, at most 65,535. Writes to `result` the sum of squares (f64, exact), the
 * largest magnitude (u32) and how many magnitudes are 32,767 or more (u32).
 */
export function measure(samples: usize, count: u32, result: usize): void {
  const fullScale = i16x8.splat(32767);
  let peaks = i16x8.splat(0);
  let clipped = i16x8.splat(0);
  let squares = i64x2.splat(0);
  for (const end = samples + ((<usize>count) << 4); samples < end; samples += 16) {
    const values = v128.load(samples);
    // The magnitude of -32,768 and twice its square fit unsigned numbers only.
    const magnitudes = i16x8.abs(values);
    peaks = i16x8.max_u(peaks, magnitudes);
    clipped = i16x8.sub(clipped, i16x8.ge_u(magnitudes, fullScale));
    const pairs = i32x4.dot_i16x8_s(values, values);
    squares = i64x2.add(squares, i64x2.extend_low_i32x4_u(pairs));
    squares = i64x2.add(squares, i64x2.extend_high_i32x4_u(pairs));
  }
  store<f64>(result, <f64>(i64x2.extract_lane(squares, 0) + i64x2.extract_lane(squares, 1)));
  store<u32>(result, largestOf(i32x4.max_u(i32x4.extend_low_i16x8_u(peaks), i32x4.extend_high_i16x8_u(peaks))), 8);
  store<u32>(result, sumOf(i32x4.extadd_pairwise_i16x8_u(clipped)), 12);
}

/** Converts `count` vectors of eight samples to single precision at `target`; full scale becomes 1. */
export function convert(samples: usize, count: u32, target: usize): void {
  const scale = f32x4.splat(1.0 / 32768.0);
  for (const end = samples + ((<usize>count) << 4); samples < end; samples += 16) {
    const values = v128.load(samples);
    v128.store(target, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(values)), scale));
    v128.store(target, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(values)), scale), 16);
    target += 32;
  }
}

function largestOf(lanes: v128): u32 {
  const upper = i32x4.max_u(lanes, v128.shuffle<i32>(lanes, lanes, 2, 3, 0, 1));
  return max<u32>(i32x4.extract_lane(upper, 0), i32x4.extract_lane(upper, 1));
}

function sumOf(lanes: v128): u32 {
  const halves = i32x4.add(lanes, v128.shuffle<i32>(lanes, lanes, 2, 3, 0, 1));
  return i32x4.extract_lane(halves, 0) + i32x4.extract_lane(halves, 1);
}
