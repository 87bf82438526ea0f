/**
 * Sine and cosine in single precision as the C library computes them (Arm Optimized Routines, in glibc since 2.28): polynomials in
 * double precision, rounded once. In one case of seventy they differ from the nearest single number, and so do the
 * twiddles of libsoxr, which are made of them.
 */

const HALF_PI = 1.5707963267948966;
const SINE = [-0.16666654943701084, 0.008332178146138854, -0.00019517298981385725] as const;
const COSINE = [-0.49999999725108224, 0.041666623324344516, -0.001388676379437604, 2.4390450703564542e-5] as const;

/** Multiples of pi/2 in an angle, and what is left of it. */
function reduce(angle: number): { quadrant: number; rest: number } {
  if (Math.abs(angle) < Math.fround(Math.PI / 4)) return { quadrant: 0, rest: angle };
  const quadrant = Math.round(angle * (1 / HALF_PI));
  return { quadrant, rest: angle - quadrant * HALF_PI };
}

function sineAt(quadrant: number, x: number): number {
  const square = x * x;
  let value: number;
  if (quadrant % 2 === 0) {
    const cube = x * square;
    value = x + cube * SINE[0] + cube * square * (SINE[1] + square * SINE[2]);
  } else {
    const fourth = square * square;
    value = 1 + square * COSINE[0] + fourth * COSINE[1] + fourth * square * (COSINE[2] + square * COSINE[3]);
  }
  return Math.fround((quadrant & 2) === 0 ? value : -value);
}

/** `sinf` of a single-precision angle below 120 in size. */
export function singleSine(angle: number): number {
  const { quadrant, rest } = reduce(angle);
  return sineAt(quadrant, rest);
}

/** `cosf` of a single-precision angle below 120 in size. */
export function singleCosine(angle: number): number {
  const { quadrant, rest } = reduce(angle);
  return sineAt(quadrant + 1, rest);
}
