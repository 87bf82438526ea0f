/** What lies between the matrix products, on panels (see `_product.ts`), eight units at a time. */

/** Moving average of batch normalisation: old * 0.99 + now * 0.01. */
function follow(statistic: usize, now: v128): void {
  const old = f32x4.mul(v128.load(statistic), f32x4.splat(0.99));
  v128.store(statistic, f32x4.add(old, f32x4.mul(now, f32x4.splat(0.01))));
}

/**
 * Bias, relu, dropout and batch normalisation of a layer in training.
 *
 * @param active in: the product of the layer; out: its value before normalisation, which the way back needs
 * @param output the normalised value
 * @param parameters bias, gamma, beta, one after the other
 * @param moving mean and variance, one after the other
 * @param batch receives mean and 1 / deviation of the batch, one after the other
 */
export function hiddenForward(
  active: usize,
  mask: usize,
  output: usize,
  parameters: usize,
  moving: usize,
  batch: usize,
  count: i32,
  rows: i32,
  units: i32,
): void {
  const width = (<usize>units) << 2;
  const zero = f32x4.splat(0);
  const share = f32x4.splat(1.0 / <f32>count);
  const epsilon = f32x4.splat(1e-3);
  for (let unit: usize = 0; unit < width; unit += 16) {
    const start = (unit >> 5) * ((<usize>rows) << 5) + (unit & 16);
    const end = start + ((<usize>count) << 5);
    const bias = v128.load(parameters + unit);
    let sum = zero;
    for (let at = start; at < end; at += 32) {
      const relu = f32x4.max(f32x4.add(v128.load(active + at), bias), zero);
      const kept = f32x4.mul(relu, v128.load(mask + at));
      v128.store(active + at, kept);
      sum = f32x4.add(sum, kept);
    }
    const mean = f32x4.mul(sum, share);
    let squares = zero;
    for (let at = start; at < end; at += 32) {
      const deviation = f32x4.sub(v128.load(active + at), mean);
      squares = f32x4.add(squares, f32x4.mul(deviation, deviation));
    }
    const variance = f32x4.mul(squares, share);
    const inverse = f32x4.div(f32x4.splat(1), f32x4.sqrt(f32x4.add(variance, epsilon)));
    const scale = f32x4.mul(v128.load(parameters + unit + width), inverse);
    const beta = v128.load(parameters + unit + 2 * width);
    for (let at = start; at < end; at += 32) {
      const deviation = f32x4.sub(v128.load(active + at), mean);
      v128.store(output + at, f32x4.add(f32x4.mul(deviation, scale), beta));
    }
    follow(moving + unit, mean);
    follow(moving + unit + width, variance);
    v128.store(batch + unit, mean);
    v128.store(batch + unit + width, inverse);
  }
}

/**
 * The way back through the same: from the gradient of the normalised value to that of the product.
 *
 * @param gradient in: of the output; out: of the product
 * @param active as `hiddenForward` left it
 * @param gradients receives those of bias, gamma, beta, one after the other
 * @param kept 1 / (1 - dropout rate)
 */
export function hiddenBackward(
  gradient: usize,
  active: usize,
  parameters: usize,
  gradients: usize,
  batch: usize,
  kept: f32,
  count: i32,
  rows: i32,
  units: i32,
): void {
  const width = (<usize>units) << 2;
  const zero = f32x4.splat(0);
  const share = f32x4.splat(1.0 / <f32>count);
  const factor = f32x4.splat(kept);
  for (let unit: usize = 0; unit < width; unit += 16) {
    const start = (unit >> 5) * ((<usize>rows) << 5) + (unit & 16);
    const end = start + ((<usize>count) << 5);
    const mean = v128.load(batch + unit);
    const inverse = v128.load(batch + unit + width);
    let sum = zero;
    let correlation = zero;
    for (let at = start; at < end; at += 32) {
      const now = v128.load(gradient + at);
      const normalised = f32x4.mul(f32x4.sub(v128.load(active + at), mean), inverse);
      sum = f32x4.add(sum, now);
      correlation = f32x4.add(correlation, f32x4.mul(now, normalised));
    }
    v128.store(gradients + unit + width, correlation);
    v128.store(gradients + unit + 2 * width, sum);
    const meanGradient = f32x4.mul(sum, share);
    const slope = f32x4.mul(f32x4.mul(correlation, share), inverse);
    const scale = f32x4.mul(v128.load(parameters + unit + width), f32x4.mul(inverse, factor));
    let bias = zero;
    for (let at = start; at < end; at += 32) {
      const value = v128.load(active + at);
      const along = f32x4.mul(f32x4.sub(value, mean), slope);
      const back = f32x4.mul(f32x4.sub(f32x4.sub(v128.load(gradient + at), meanGradient), along), scale);
      const passed = v128.and(back, f32x4.gt(value, zero));
      v128.store(gradient + at, passed);
      bias = f32x4.add(bias, passed);
    }
    v128.store(gradients + unit, bias);
  }
}

/** Bias, relu and folded normalisation of a layer in use: max(x + bias, floor) * scale + shift, in place. */
export function hiddenInference(values: usize, parameters: usize, floor: f32, rows: i32, units: i32): void {
  const width = (<usize>units) << 2;
  const least = f32x4.splat(floor);
  for (let unit: usize = 0; unit < width; unit += 16) {
    const bias = v128.load(parameters + unit);
    const scale = v128.load(parameters + unit + width);
    const shift = v128.load(parameters + unit + 2 * width);
    const start = values + (unit >> 5) * ((<usize>rows) << 5) + (unit & 16);
    for (let at = start, end = start + ((<usize>rows) << 5); at < end; at += 32) {
      const active = f32x4.max(f32x4.add(v128.load(at), bias), least);
      v128.store(at, f32x4.add(f32x4.mul(active, scale), shift));
    }
  }
}
