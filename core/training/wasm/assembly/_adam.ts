/**
 * Adam in Keras's form on flat vectors: first and second moment follow gradient and its square, parameters go down by
 * stepSize * first / (sqrt(second) + 1e-7). Moments below 1e-30 become 0: arithmetic on denormal numbers is slow, and
 * TensorFlow flushes them too.
 */
export function adam(
  parameters: usize,
  gradients: usize,
  first: usize,
  second: usize,
  bytes: i32,
  stepSize: f32,
): void {
  const beta1 = f32x4.splat(0.1);
  const beta2 = f32x4.splat(0.001);
  const epsilon = f32x4.splat(1e-7);
  const step = f32x4.splat(stepSize);
  const least = f32x4.splat(1e-30);
  for (let at: usize = 0; at < <usize>bytes; at += 16) {
    const gradient = v128.load(gradients + at);
    let m = v128.load(first + at);
    let v = v128.load(second + at);
    m = f32x4.add(m, f32x4.mul(f32x4.sub(gradient, m), beta1));
    v = f32x4.add(v, f32x4.mul(f32x4.sub(f32x4.mul(gradient, gradient), v), beta2));
    m = v128.and(m, f32x4.gt(f32x4.abs(m), least));
    v = v128.and(v, f32x4.gt(v, least));
    v128.store(first + at, m);
    v128.store(second + at, v);
    const update = f32x4.div(f32x4.mul(m, step), f32x4.add(f32x4.sqrt(v), epsilon));
    v128.store(parameters + at, f32x4.sub(v128.load(parameters + at), update));
  }
}

/** Multiplies a vector by a factor: the weight decay of a step. */
export function shrink(parameters: usize, bytes: i32, factor: f32): void {
  const kept = f32x4.splat(factor);
  for (let at: usize = 0; at < <usize>bytes; at += 16) {
    v128.store(parameters + at, f32x4.mul(v128.load(parameters + at), kept));
  }
}
