import type { Address, Workspace } from './kernels.js';
import { TUNING_EDGES, tuningOfClass } from './tuning.js';

/**
 * Banks that depend on the tuning, by its class, built when first asked for. Room for those of all classes is taken at
 * once, as views on the memory end when it grows; what is never written takes none.
 *
 * @param largestBytes of a bank
 * @param build the bank of a tuning, in bins
 */
export function createTuningBanks(
  workspace: Workspace,
  largestBytes: number,
  build: (tuning: number) => Float32Array,
): (tuningClass: number) => Address {
  const known = new Map<number, Address>();
  const room = workspace.reserve(largestBytes * TUNING_EDGES.length);
  return (tuningClass) => {
    let address = known.get(tuningClass);
    if (address === undefined) {
      address = room + known.size * largestBytes;
      const bank = build(tuningOfClass(tuningClass));
      if (bank.byteLength > largestBytes) throw new Error(`a bank takes ${bank.byteLength} bytes, not ${largestBytes}`);
      workspace.float32(address, bank.length).set(bank);
      known.set(tuningClass, address);
    }
    return address;
  };
}
