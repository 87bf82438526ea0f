import type { Variable } from './network.js';

/**
 * The layout of the WebAssembly kernels. A matrix of rows x width lies as panels of rows x 8, one after the other, rows
 * and width padded to multiples of 8 by zeros. The kernel of a layer has its units for rows and its inputs for columns;
 * a vector is a matrix of one row.
 */
const PANEL = 8;

/** A width, or a number of rows, as the kernels see it. */
export function padded(width: number): number {
  return Math.ceil(width / PANEL) * PANEL;
}

/** Where an element lies in panels of `rows` rows. */
export function panelIndex(row: number, column: number, rows: number): number {
  return (Math.floor(column / PANEL) * rows + row) * PANEL + (column % PANEL);
}

/** A variable in panels: `offset` and `size` count floats of the padded flat vector. */
export type PaddedVariable = { variable: Variable; offset: number; size: number };

/** Lays variables out one after the other, as their flat vector does, but padded. */
export function padVariables(variables: readonly Variable[]): PaddedVariable[] {
  let offset = 0;
  return variables.map((variable) => {
    const size = variable.shape.reduce((product, length) => product * padded(length), 1);
    const laid = { variable, offset, size };
    offset += size;
    return laid;
  });
}

/** Copies a flat vector into its padded one. */
export function toPanels(flat: Float32Array, layout: readonly PaddedVariable[], panels: Float32Array): void {
  forEachPlace(layout, (place, panelPlace) => {
    panels[panelPlace] = flat[place] as number;
  });
}

/** Copies a padded vector into the flat one; what pads it is left behind. */
export function fromPanels(panels: Float32Array, layout: readonly PaddedVariable[], flat: Float32Array): void {
  forEachPlace(layout, (place, panelPlace) => {
    flat[place] = panels[panelPlace] as number;
  });
}

/** Visits every element of the flat vector. */
function forEachPlace(layout: readonly PaddedVariable[], visit: (place: number, panelPlace: number) => void): void {
  for (const { variable, offset } of layout) {
    const units = variable.shape.at(-1) as number;
    const [rows, stride] = variable.shape.length === 2 ? [padded(units), PANEL] : [1, 1];
    for (let input = 0; input * units < variable.size; input++) {
      const start = variable.offset + input * units;
      const panelStart = offset + panelIndex(0, input, rows);
      for (let unit = 0; unit < units; unit++) visit(start + unit, panelStart + unit * stride);
    }
  }
}
