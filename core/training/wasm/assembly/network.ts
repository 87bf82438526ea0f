/** The kernels of `core/training/kernels.ts`. Addresses are bytes; the memory from `heapBase` on belongs to the host. */
export { multiply } from './_product';
export { listRows, listColumns, multiplySparse } from './_sparse';
export { dropoutMask } from './_philox';
export { hiddenForward, hiddenBackward, hiddenInference } from './_layers';
export { softmax, softmaxCrossEntropy, outputBackward } from './_output';
export { adam, shrink } from './_adam';

export function heapBase(): usize {
  return (__heap_base + 15) & ~15;
}
