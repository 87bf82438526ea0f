/** Adam (Kingma and Ba, 2015) with the constants and in the form of Keras. */
export const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 } as const;

/**
 * The factor of m / (sqrt(v) + epsilon) at a step: learning rate and both bias corrections.
 *
 * @param iteration from 1
 */
export function adamStepSize(learningRate: number, iteration: number): number {
  const secondCorrection = Math.sqrt(1 - wholePower(ADAM.beta2, iteration));
  return (learningRate * secondCorrection) / (1 - wholePower(ADAM.beta1, iteration));
}

/** By repeated squaring: unlike `Math.pow`, the same bits in every engine. */
function wholePower(base: number, exponent: number): number {
  let power = 1;
  for (let factor = base, rest = exponent; rest > 0; rest = Math.floor(rest / 2), factor *= factor) {
    if (rest % 2 === 1) power *= factor;
  }
  return power;
}
