/** Type II cosine transform, orthonormal: rows of `cepstra` coefficients over `bands` values. */
export function cosineTransform(cepstra: number, bands: number): Float64Array {
  const matrix = new Float64Array(cepstra * bands);
  for (let k = 0; k < cepstra; k++) {
    const scale = Math.sqrt((k === 0 ? 1 : 2) / bands);
    for (let i = 0; i < bands; i++) {
      matrix[k * bands + i] = scale * Math.cos((Math.PI * k * (2 * i + 1)) / (2 * bands));
    }
  }
  return matrix;
}

/** Radians a semitone and radius of fifths, minor thirds and major thirds in units of pi. */
const TONAL_CIRCLES = [
  { step: 7 / 6, radius: 1 },
  { step: 3 / 2, radius: 1 },
  { step: 2 / 3, radius: 0.5 },
];

/**
 * Tonal centroids of 12 pitch classes: sine and cosine on the circles of fifths, minor and major thirds, six rows of 12
 * (Harte, Sandler, Gasser, "Detecting Harmonic Change in Musical Audio", 2006; `librosa.feature.tonnetz`).
 */
export function tonalCentroids(): Float64Array {
  const rows = TONAL_CIRCLES.flatMap(({ step, radius }) =>
    [0.5, 0].map((lag) => Array.from({ length: 12 }, (_, pitch) => radius * Math.cos(Math.PI * (step * pitch - lag)))),
  );
  return Float64Array.from(rows.flat());
}

/** Matrix (row-major) times vector. */
export function project(matrix: Float64Array, vector: Float64Array): Float64Array {
  const columns = vector.length;
  const product = new Float64Array(matrix.length / columns);
  for (let row = 0; row < product.length; row++) {
    let sum = 0;
    for (let i = 0; i < columns; i++) sum += matrix[row * columns + i]! * vector[i]!;
    product[row] = sum;
  }
  return product;
}
