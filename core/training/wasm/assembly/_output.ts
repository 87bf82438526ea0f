/** The last layer: softmax, cross-entropy and their gradient. Few values, so one at a time and in double precision. */

function at(values: usize, row: i32, unit: i32, rows: i32): usize {
  return values + ((<usize>(((unit >> 3) * rows + row) * 8 + (unit & 7))) << 2);
}

/**
 * Softmax of a row of logits plus bias, in place; the units beyond `classes` become 0. Returns the logarithm of the sum
 * of exponentials: what the logit of a class falls short of it is the cross-entropy.
 */
function softmaxRow(logits: usize, bias: usize, row: i32, rows: i32, units: i32, classes: i32): f64 {
  let largest: f32 = -f32.MAX_VALUE;
  for (let unit = 0; unit < classes; unit++) {
    const place = at(logits, row, unit, rows);
    const logit = load<f32>(place) + load<f32>(bias + ((<usize>unit) << 2));
    store<f32>(place, logit);
    largest = max(largest, logit);
  }
  let sum: f64 = 0;
  for (let unit = 0; unit < classes; unit++)
    sum += Math.exp(<f64>load<f32>(at(logits, row, unit, rows)) - <f64>largest);
  for (let unit = 0; unit < units; unit++) {
    const place = at(logits, row, unit, rows);
    const share = unit < classes ? Math.exp(<f64>load<f32>(place) - <f64>largest) / sum : 0;
    store<f32>(place, <f32>share);
  }
  return <f64>largest + Math.log(sum);
}

function mostProbable(probabilities: usize, row: i32, rows: i32, classes: i32): i32 {
  let best = 0;
  for (let unit = 1; unit < classes; unit++) {
    if (load<f32>(at(probabilities, row, unit, rows)) > load<f32>(at(probabilities, row, best, rows))) best = unit;
  }
  return best;
}

/** Turns logits without bias into probabilities, in place. */
export function softmax(logits: usize, bias: usize, count: i32, rows: i32, units: i32, classes: i32): void {
  for (let row = 0; row < count; row++) softmaxRow(logits, bias, row, rows, units, classes);
}

/** Sum of a row's logits, before the softmax takes their place. */
function sumOfLogits(logits: usize, bias: usize, row: i32, rows: i32, classes: i32): f64 {
  let sum: f64 = 0;
  for (let unit = 0; unit < classes; unit++) {
    sum += <f64>(load<f32>(at(logits, row, unit, rows)) + load<f32>(bias + ((<usize>unit) << 2)));
  }
  return sum;
}

/**
 * Softmax as above; adds weighted cross-entropy and hits of the batch to the two doubles at `sums`. `weights` has one
 * float a class; `smoothing` of a target is spread over all classes.
 */
export function softmaxCrossEntropy(
  logits: usize,
  bias: usize,
  labels: usize,
  weights: usize,
  smoothing: f32,
  sums: usize,
  count: i32,
  rows: i32,
  units: i32,
  classes: i32,
): void {
  let loss = load<f64>(sums);
  let hits = load<f64>(sums, 8);
  for (let row = 0; row < count; row++) {
    const label = load<i32>(labels + ((<usize>row) << 2));
    const own = <f64>(load<f32>(at(logits, row, label, rows)) + load<f32>(bias + ((<usize>label) << 2)));
    let expected = own;
    if (smoothing > 0) {
      const mean = sumOfLogits(logits, bias, row, rows, classes) / <f64>classes;
      expected += <f64>smoothing * (mean - own);
    }
    const crossEntropy = softmaxRow(logits, bias, row, rows, units, classes) - expected;
    loss += <f64>load<f32>(weights + ((<usize>label) << 2)) * crossEntropy;
    if (mostProbable(logits, row, rows, classes) == label) hits += 1;
  }
  store<f64>(sums, loss);
  store<f64>(sums, hits, 8);
}

/**
 * The gradient of the mean weighted cross-entropy with respect to the logits, and its sum for the bias. Rows beyond
 * `count` become 0.
 */
export function outputBackward(
  probabilities: usize,
  labels: usize,
  weights: usize,
  smoothing: f32,
  logitGradient: usize,
  biasGradient: usize,
  count: i32,
  rows: i32,
  units: i32,
  classes: i32,
): void {
  const spread: f32 = smoothing / <f32>classes;
  for (let unit = 0; unit < units; unit++) {
    let sum: f32 = 0;
    for (let row = 0; row < rows; row++) {
      const place = at(0, row, unit, rows);
      let gradient: f32 = 0;
      if (row < count && unit < classes) {
        const label = load<i32>(labels + ((<usize>row) << 2));
        const target: f32 = (label == unit ? 1 - smoothing : 0) + spread;
        const weight = load<f32>(weights + ((<usize>label) << 2));
        gradient = (weight * (load<f32>(probabilities + place) - target)) / <f32>count;
      }
      store<f32>(logitGradient + place, gradient);
      sum += gradient;
    }
    store<f32>(biasGradient + ((<usize>unit) << 2), sum);
  }
}
