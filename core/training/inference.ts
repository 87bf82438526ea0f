import type { Kernels } from './kernels.js';
import { panelIndex } from './panels.js';

/** A layer in use, in the memory of the kernels. Widths are padded; addresses are in bytes. */
export type InferenceStage = {
  inputs: number;
  units: number;
  kernel: number;
  /** Bias, scale and shift, one after the other; of the last layer the bias only. */
  parameters: number;
  /** Receives the layer's values. */
  values: number;
  /** 0 for relu, far below all numbers for none. */
  floor: number;
};

/** Copies rows into the panels of a batch; rows beyond them become 0. */
export function gatherRows(
  features: Float32Array,
  inputs: number,
  chosen: ArrayLike<number>,
  panels: Float32Array,
  rows: number,
): void {
  panels.fill(0, 0, panelIndex(0, inputs + 7, rows));
  for (let row = 0; row < chosen.length; row++) {
    const start = (chosen[row] as number) * inputs;
    for (let column = 0; column < inputs; column++) {
      panels[panelIndex(row, column, rows)] = features[start + column] as number;
    }
  }
}

/**
 * Takes a batch through the layers.
 *
 * @param packed room for the values of the widest layer
 * @returns the address of the logits, still without the last bias
 */
export function inferLogits(
  kernels: Kernels,
  stages: readonly InferenceStage[],
  input: number,
  packed: number,
  rows: number,
): number {
  let values = input;
  stages.forEach((stage, index) => {
    kernels.multiply(values, stage.kernel, stage.values, packed, rows, stage.inputs, stage.units);
    values = stage.values;
    if (index < stages.length - 1) {
      kernels.hiddenInference(values, stage.parameters, stage.floor, rows, stage.units);
    }
  });
  return values;
}
