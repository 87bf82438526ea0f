/*
 * Exponential and cosine out of additions, multiplications and divisions alone, which IEEE 754 rounds the same
 * everywhere. Math.exp and Math.cos may differ in the last bit between engines, and recursive filters carry that on.
 */

const LN2 = 0.6931471805599453;

/** e to the x, to 1e-15 relative, for |x| below 700. */
export function exp(x: number): number {
  const halvings = Math.round(x / LN2);
  const rest = x - halvings * LN2;
  let term = 1;
  let sum = 1;
  for (let n = 1; n <= 16; n++) {
    term *= rest / n;
    sum += term;
  }
  const factor = halvings < 0 ? 0.5 : 2;
  for (let n = Math.abs(halvings); n > 0; n--) sum *= factor;
  return sum;
}

/** 2 to the x: what octaves, semitones (x/12) and decibels (x/6.02) are made of. */
export function exp2(x: number): number {
  return exp(x * LN2);
}

/** The factor of an amplitude that so many decibels make. */
export function amplitudeOf(decibels: number): number {
  return exp(decibels * 0.11512925464970229);
}

/** Cosine of 2 pi times x, to 1e-15. */
export function cosOfTurns(x: number): number {
  const turns = Math.abs(x - Math.round(x));
  // Half a turn and a quarter are folded, so that the series stays short.
  const folded = turns > 0.25 ? 0.5 - turns : turns;
  const angle = 2 * Math.PI * folded;
  const square = angle * angle;
  let term = 1;
  let sum = 1;
  for (let n = 2; n <= 20; n += 2) {
    term *= -square / (n * (n - 1));
    sum += term;
  }
  return turns > 0.25 ? -sum : sum;
}
