/** Below it, the least normal number of single precision, librosa's `normalize` leaves a vector as it is. */
const TINY: f32 = 1.17549435e-38;

const CLASSES = 12;

/**
 * Chroma of `batches` x 4 power spectra of `bins` bins, each frame divided by its largest class; the sum over frames of
 * each class (f64) at `sums`.
 *
 * `bank`: 12 weights (f32) a bin. `lanes`: mask of the frames of the last batch that count.
 */
export function chromaOfSpectra(power: usize, bins: i32, batches: i32, bank: usize, lanes: usize, sums: usize): void {
  memory.fill(sums, 0, CLASSES << 3);
  const stride = (<usize>bins) << 4;
  for (let batch = 0; batch < batches; batch++) {
    let c0 = f32x4.splat(0),
      c1 = c0,
      c2 = c0,
      c3 = c0,
      c4 = c0,
      c5 = c0;
    let c6 = c0,
      c7 = c0,
      c8 = c0,
      c9 = c0,
      c10 = c0,
      c11 = c0;
    let weights = bank;
    for (let at = power, end = power + stride; at < end; at += 16) {
      const p = v128.load(at);
      c0 = f32x4.add(c0, f32x4.mul(p, v128.load32_splat(weights)));
      c1 = f32x4.add(c1, f32x4.mul(p, v128.load32_splat(weights, 4)));
      c2 = f32x4.add(c2, f32x4.mul(p, v128.load32_splat(weights, 8)));
      c3 = f32x4.add(c3, f32x4.mul(p, v128.load32_splat(weights, 12)));
      c4 = f32x4.add(c4, f32x4.mul(p, v128.load32_splat(weights, 16)));
      c5 = f32x4.add(c5, f32x4.mul(p, v128.load32_splat(weights, 20)));
      c6 = f32x4.add(c6, f32x4.mul(p, v128.load32_splat(weights, 24)));
      c7 = f32x4.add(c7, f32x4.mul(p, v128.load32_splat(weights, 28)));
      c8 = f32x4.add(c8, f32x4.mul(p, v128.load32_splat(weights, 32)));
      c9 = f32x4.add(c9, f32x4.mul(p, v128.load32_splat(weights, 36)));
      c10 = f32x4.add(c10, f32x4.mul(p, v128.load32_splat(weights, 40)));
      c11 = f32x4.add(c11, f32x4.mul(p, v128.load32_splat(weights, 44)));
      weights += 48;
    }
    power += stride;
    let largest = f32x4.pmax(f32x4.pmax(f32x4.pmax(c0, c1), f32x4.pmax(c2, c3)), f32x4.pmax(c4, c5));
    largest = f32x4.pmax(largest, f32x4.pmax(f32x4.pmax(f32x4.pmax(c6, c7), f32x4.pmax(c8, c9)), f32x4.pmax(c10, c11)));
    const divisor = nonTiny(largest);
    const mask = batch == batches - 1 ? v128.load(lanes) : i32x4.splat(-1);
    addClass(sums, 0, c0, divisor, mask);
    addClass(sums, 1, c1, divisor, mask);
    addClass(sums, 2, c2, divisor, mask);
    addClass(sums, 3, c3, divisor, mask);
    addClass(sums, 4, c4, divisor, mask);
    addClass(sums, 5, c5, divisor, mask);
    addClass(sums, 6, c6, divisor, mask);
    addClass(sums, 7, c7, divisor, mask);
    addClass(sums, 8, c8, divisor, mask);
    addClass(sums, 9, c9, divisor, mask);
    addClass(sums, 10, c10, divisor, mask);
    addClass(sums, 11, c11, divisor, mask);
  }
}

function nonTiny(x: v128): v128 {
  return v128.bitselect(f32x4.splat(1), x, f32x4.lt(x, f32x4.splat(TINY)));
}

function addClass(sums: usize, pitchClass: i32, value: v128, divisor: v128, mask: v128): void {
  const at = sums + ((<usize>pitchClass) << 3);
  const share = v128.and(f32x4.div(value, divisor), mask);
  const sum =
    <f64>f32x4.extract_lane(share, 0) +
    <f64>f32x4.extract_lane(share, 1) +
    (<f64>f32x4.extract_lane(share, 2) + <f64>f32x4.extract_lane(share, 3));
  store<f64>(at, load<f64>(at) + sum);
}

/**
 * Chroma of the constant-Q transform: normalised by the largest class, then by their sum, summed over frames.
 *
 * `chroma`: 12 vectors for each of `batches` batches of four frames.
 */
export function sumOfUnitChroma(chroma: usize, batches: i32, lanes: usize, sums: usize): void {
  memory.fill(sums, 0, CLASSES << 3);
  for (let batch = 0; batch < batches; batch++) {
    let largest = f32x4.splat(0);
    for (let c = 0; c < CLASSES; c++) largest = f32x4.pmax(largest, v128.load(chroma + ((<usize>c) << 4)));
    const divisor = nonTiny(largest);
    let total = f32x4.splat(0);
    for (let c = 0; c < CLASSES; c++) {
      const at = chroma + ((<usize>c) << 4);
      const share = f32x4.div(v128.load(at), divisor);
      v128.store(at, share);
      total = f32x4.add(total, share);
    }
    const whole = nonTiny(total);
    const mask = batch == batches - 1 ? v128.load(lanes) : i32x4.splat(-1);
    for (let c = 0; c < CLASSES; c++) addClass(sums, c, v128.load(chroma + ((<usize>c) << 4)), whole, mask);
    chroma += CLASSES << 4;
  }
}
