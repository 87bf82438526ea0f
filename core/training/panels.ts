import type { Variable } from './network.js';

/**
 * The layout of the WebAssembly kernels. A matrix of rows x width lies as panels of rows x 8, one after the other, its
 * width padded to a multiple of 8 by zeros. A kernel's rows are padded likewise, because they are the next layer's
 * columns; a vector is a matrix of one row.
 */
const PANEL = 8;

/** A width as the kernels see it. */
export function padded(width: number): number {
  return Math.ceil(width / PANEL) * PANEL;
}

/** A number of rows of a batch as the kernels see it. */
export function paddedRows(count: number): number {
  return Math.ceil(count / 4) * 4;
}

/** Where an element lies in panels of `rows` rows. */
export function panelIndex(row: number, column: number, rows: number): number {
  return (Math.floor(column / PANEL) * rows + row) * PANEL + (column % PANEL);
}

/** A variable in panels: `offset` and `size` count floats of the padded flat vector. */
export type PaddedVariable = {
  variable: Variable;
  rows: number;
  width: number;
  panelRows: number;
  offset: number;
  size: number;
};

/** Lays variables out one after the other, as their flat vector does, but padded. */
export function padVariables(variables: readonly Variable[]): PaddedVariable[] {
  let offset = 0;
  return variables.map((variable) => {
    const width = variable.shape.at(-1) as number;
    const isMatrix = variable.shape.length === 2;
    const rows = isMatrix ? (variable.shape[0] as number) : 1;
    const panelRows = isMatrix ? padded(rows) : 1;
    const size = panelRows * padded(width);
    const laid = { variable, rows, width, panelRows, offset, size };
    offset += size;
    return laid;
  });
}

/** Copies a flat vector into its padded one. */
export function toPanels(flat: Float32Array, layout: readonly PaddedVariable[], panels: Float32Array): void {
  forEachRun(layout, (start, panelStart, length) => {
    for (let index = 0; index < length; index++) panels[panelStart + index] = flat[start + index] as number;
  });
}

/** Copies a padded vector into the flat one; what pads it is left behind. */
export function fromPanels(panels: Float32Array, layout: readonly PaddedVariable[], flat: Float32Array): void {
  forEachRun(layout, (start, panelStart, length) => {
    for (let index = 0; index < length; index++) flat[start + index] = panels[panelStart + index] as number;
  });
}

/** Visits what lies together in both layouts: up to 8 columns of a row. */
function forEachRun(
  layout: readonly PaddedVariable[],
  visit: (start: number, panelStart: number, length: number) => void,
): void {
  for (const { variable, rows, width, panelRows, offset } of layout) {
    for (let column = 0; column < width; column += PANEL) {
      const length = Math.min(PANEL, width - column);
      for (let row = 0; row < rows; row++) {
        visit(variable.offset + row * width + column, offset + panelIndex(row, column, panelRows), length);
      }
    }
  }
}
