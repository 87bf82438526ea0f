import { SerError } from '../contracts/errors.js';

/** Subtracts a mean from each column and divides by a scale: scikit-learn's StandardScaler. */
export type Scaler = { mean: number[]; scale: number[] };

/** `scaler.json`: the names make sure that a scaler meets the columns it was fitted on. */
export type ScalerFile = Scaler & { format: 1; columns: string[] };

/**
 * Fits mean and population deviation of each column. A constant column gets the scale 1, as in scikit-learn: also one
 * whose variance is no more than the rounding error of its mean.
 *
 * @param rows n x columns, row by row
 * @param indices the rows of the training part
 * @throws SerError `DataRefused` when there is no row, `BadInput` for a value that is not finite
 */
export function fitScaler(rows: Float64Array, columns: number, indices: ArrayLike<number>): Scaler {
  const count = indices.length;
  if (count === 0) throw new SerError('DataRefused', 'no row to fit the scaler on', 'training part');
  const mean = new Float64Array(columns);
  const squares = new Float64Array(columns);
  const corrections = new Float64Array(columns);
  forEachValue(rows, columns, indices, (value, column, row) => {
    if (!Number.isFinite(value)) {
      throw new SerError('BadInput', `row ${row} holds ${value} in column ${column}`, 'features', 'extract them again');
    }
    mean[column] = at(mean, column) + value;
  });
  for (let column = 0; column < columns; column++) mean[column] = at(mean, column) / count;
  forEachValue(rows, columns, indices, (value, column) => {
    const deviation = value - at(mean, column);
    squares[column] = at(squares, column) + deviation * deviation;
    corrections[column] = at(corrections, column) + deviation;
  });
  const scale = Array.from(squares, (sum, column) => {
    const variance = (sum - at(corrections, column) ** 2 / count) / count;
    return isConstant(variance, at(mean, column), count) ? 1 : Math.sqrt(variance);
  });
  return { mean: [...mean], scale };
}

/** Whether a variance is within the rounding error of the mean it was taken around (scikit-learn's own bound). */
function isConstant(variance: number, mean: number, count: number): boolean {
  return variance <= count * Number.EPSILON * variance + (count * mean * Number.EPSILON) ** 2;
}

function forEachValue(
  rows: Float64Array,
  columns: number,
  indices: ArrayLike<number>,
  visit: (value: number, column: number, row: number) => void,
): void {
  for (let position = 0; position < indices.length; position++) {
    const row = indices[position] as number;
    for (let column = 0; column < columns; column++) visit(at(rows, row * columns + column), column, row);
  }
}

function at(values: Float64Array, index: number): number {
  return values[index] as number;
}

/**
 * The chosen rows, scaled: what trainers and predictors take.
 *
 * @param rows n x columns, row by row
 * @param indices which rows, in which order; all when left out
 */
export function scaleRows(scaler: Scaler, rows: Float64Array, indices?: ArrayLike<number>): Float32Array {
  const columns = scaler.mean.length;
  const count = indices?.length ?? rows.length / columns;
  const scaled = new Float32Array(count * columns);
  for (let position = 0; position < count; position++) {
    const row = indices === undefined ? position : (indices[position] as number);
    for (let column = 0; column < columns; column++) {
      const deviation = at(rows, row * columns + column) - (scaler.mean[column] as number);
      scaled[position * columns + column] = deviation / (scaler.scale[column] as number);
    }
  }
  return scaled;
}
