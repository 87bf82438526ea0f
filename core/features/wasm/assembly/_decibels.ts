/** Powers below it count as it, as in librosa's `power_to_db`. */
const LEAST: f32 = 1e-10;

/**
 * 10 log10(max(x, 1e-10)) of four finite numbers, to 1.5 units in the last place of single precision.
 *
 * x = m 2^e with m between sqrt(1/2) and sqrt(2); ln m = 2 artanh((m - 1) / (m + 1)) by its series.
 */
export function decibels(x: v128): v128 {
  const bits = f32x4.pmax(x, f32x4.splat(LEAST));
  const exponent = i32x4.shr_s(i32x4.sub(bits, i32x4.splat(0x3f3504f3)), 23);
  const m = i32x4.sub(bits, i32x4.shl(exponent, 23));
  const one = f32x4.splat(1);
  const s = f32x4.div(f32x4.sub(m, one), f32x4.add(m, one));
  const z = f32x4.mul(s, s);
  // 20 / ln 10 times 1, 1/3, 1/5, 1/7, 1/9
  let series = f32x4.splat(0.96509885);
  series = f32x4.add(f32x4.mul(series, z), f32x4.splat(1.2408414));
  series = f32x4.add(f32x4.mul(series, z), f32x4.splat(1.737178));
  series = f32x4.add(f32x4.mul(series, z), f32x4.splat(2.8952966));
  series = f32x4.add(f32x4.mul(series, z), f32x4.splat(8.6858896));
  const whole = f32x4.mul(f32x4.convert_i32x4_s(exponent), f32x4.splat(3.0102999566));
  return f32x4.add(whole, f32x4.mul(series, s));
}

/** The largest of four numbers. */
function largestLane(x: v128): f32 {
  return max<f32>(
    max<f32>(f32x4.extract_lane(x, 0), f32x4.extract_lane(x, 1)),
    max<f32>(f32x4.extract_lane(x, 2), f32x4.extract_lane(x, 3)),
  );
}

/**
 * Decibels in place of `rows` x `batches` vectors of four frames, no lower than 80 dB below the largest of them, and
 * the sum over frames of each row (f64) at `sums`. `lanes`: how many frames of the last batch count.
 */
export function meanDecibels(values: usize, rows: i32, batches: i32, lanes: usize, sums: usize): void {
  const count = rows * batches;
  const lastBatch = count - rows;
  const mask = v128.load(lanes);
  let largest = f32x4.splat(-Infinity);
  for (let i = 0; i < count; i++) {
    const at = values + ((<usize>i) << 4);
    const level = decibels(v128.load(at));
    v128.store(at, level);
    largest = f32x4.pmax(largest, i >= lastBatch ? v128.bitselect(level, f32x4.splat(-Infinity), mask) : level);
  }
  const floor = f32x4.splat(largestLane(largest) - 80);
  for (let row = 0; row < rows; row++) {
    let sum = f32x4.splat(0);
    for (let i = row; i < lastBatch; i += rows) {
      sum = f32x4.add(sum, f32x4.pmax(v128.load(values + ((<usize>i) << 4)), floor));
    }
    const last = f32x4.pmax(v128.load(values + ((<usize>(lastBatch + row)) << 4)), floor);
    sum = f32x4.add(sum, v128.and(last, mask));
    store<f64>(sums + ((<usize>row) << 3), sumOfLanes(sum));
  }
}

function sumOfLanes(x: v128): f64 {
  return (
    <f64>f32x4.extract_lane(x, 0) +
    <f64>f32x4.extract_lane(x, 1) +
    (<f64>f32x4.extract_lane(x, 2) + <f64>f32x4.extract_lane(x, 3))
  );
}
