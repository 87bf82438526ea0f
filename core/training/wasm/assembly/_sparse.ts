/**
 * Products with the gradient of a layer. It is 0 wherever relu or dropout let nothing through, two times in three as a
 * rule, and what is 0 is left out of the sums: that changes none of them, not even in the last bit. What is not 0
 * becomes pairs of its value and an offset, 32 bytes for each row of the panels that it is multiplied with.
 */

/**
 * Lists a matrix row by row, columns ascending; rows from `count` on have no pairs.
 *
 * @param pairs takes rows x width pairs of f32 and i32, and one more
 * @param ends receives the address where the pairs of each row end; those of the next one begin there
 */
export function listRows(matrix: usize, pairs: usize, ends: usize, count: i32, rows: i32, width: i32): void {
  const panel = (<usize>rows) << 5;
  for (let row: usize = 0; row < <usize>rows; row++) {
    const columns: usize = row < <usize>count ? <usize>width : 0;
    for (let column: usize = 0; column < columns; column++) {
      const value = load<f32>(matrix + (column >> 3) * panel + (row << 5) + ((column & 7) << 2));
      pairs = appendUnlessZero(pairs, value, column << 5);
    }
    store<usize>(ends + (row << 2), pairs);
  }
}

/** Lists a matrix column by column, the first `count` rows ascending; otherwise as `listRows`. */
export function listColumns(matrix: usize, pairs: usize, ends: usize, count: i32, rows: i32, width: i32): void {
  const panel = (<usize>rows) << 5;
  const listed = (<usize>count) << 5;
  for (let column: usize = 0; column < <usize>width; column++) {
    const first = matrix + (column >> 3) * panel + ((column & 7) << 2);
    for (let offset: usize = 0; offset < listed; offset += 32) {
      pairs = appendUnlessZero(pairs, load<f32>(first + offset), offset);
    }
    store<usize>(ends + (column << 2), pairs);
  }
}

/** Always writes and sometimes moves on: a branch would be mispredicted half of the time. */
function appendUnlessZero(pairs: usize, value: f32, offset: usize): usize {
  store<f32>(pairs, value);
  store<usize>(pairs, offset, 4);
  return pairs + ((<usize>(value != 0)) << 3);
}

/**
 * output[r][c] = sum over the pairs of r of value * matrix[offset][c], `rows` lists times a matrix of `depth` x `width`,
 * in blocks of 24 columns that stay in registers, then of 8 for what is left. Blocks of 32 take twice as long in
 * Node 20 and 22.
 */
export function multiplySparse(
  pairs: usize,
  ends: usize,
  matrix: usize,
  output: usize,
  depth: i32,
  rows: i32,
  width: i32,
): void {
  const panel = (<usize>depth) << 5;
  const outputPanel = (<usize>rows) << 5;
  for (; width >= 24; width -= 24) {
    multiplyThreePanels(pairs, ends, matrix, output, panel, outputPanel);
    matrix += 3 * panel;
    output += 3 * outputPanel;
  }
  for (; width > 0; width -= 8) {
    multiplyPanel(pairs, ends, matrix, output, outputPanel);
    matrix += panel;
    output += outputPanel;
  }
}

function multiplyThreePanels(
  pair: usize,
  ends: usize,
  matrix: usize,
  output: usize,
  panel: usize,
  outputPanel: usize,
): void {
  for (const outputEnd = output + outputPanel; output < outputEnd; output += 32, ends += 4) {
    let a0 = f32x4.splat(0);
    let a1 = a0;
    let b0 = a0;
    let b1 = a0;
    let c0 = a0;
    let c1 = a0;
    for (const end = load<usize>(ends); pair < end; pair += 8) {
      const value = v128.load32_splat(pair);
      let x = matrix + load<usize>(pair, 4);
      a0 = f32x4.add(a0, f32x4.mul(value, v128.load(x)));
      a1 = f32x4.add(a1, f32x4.mul(value, v128.load(x, 16)));
      x += panel;
      b0 = f32x4.add(b0, f32x4.mul(value, v128.load(x)));
      b1 = f32x4.add(b1, f32x4.mul(value, v128.load(x, 16)));
      x += panel;
      c0 = f32x4.add(c0, f32x4.mul(value, v128.load(x)));
      c1 = f32x4.add(c1, f32x4.mul(value, v128.load(x, 16)));
    }
    let to = output;
    v128.store(to, a0);
    v128.store(to, a1, 16);
    to += outputPanel;
    v128.store(to, b0);
    v128.store(to, b1, 16);
    to += outputPanel;
    v128.store(to, c0);
    v128.store(to, c1, 16);
  }
}

function multiplyPanel(pair: usize, ends: usize, matrix: usize, output: usize, outputPanel: usize): void {
  for (const outputEnd = output + outputPanel; output < outputEnd; output += 32, ends += 4) {
    let low = f32x4.splat(0);
    let high = low;
    for (const end = load<usize>(ends); pair < end; pair += 8) {
      const value = v128.load32_splat(pair);
      const x = matrix + load<usize>(pair, 4);
      low = f32x4.add(low, f32x4.mul(value, v128.load(x)));
      high = f32x4.add(high, f32x4.mul(value, v128.load(x, 16)));
    }
    v128.store(output, low);
    v128.store(output, high, 16);
  }
}
