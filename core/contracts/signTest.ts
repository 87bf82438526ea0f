/**
 * The two-sided sign test: how likely a division at least as uneven as `a` to `b` is among fair coins. On recordings that
 * only one of two models names right it is McNemar's exact test (1947; the binomial form, as
 * `statsmodels.stats.contingency_tables.mcnemar(exact=True)`).
 *
 * @returns 1 when there is nothing to divide
 */
export function signTest(a: number, b: number): number {
  const count = a + b;
  let logarithm = -count * Math.LN2; // of no heads at all
  let tail = 0;
  for (let heads = 0; heads <= Math.min(a, b); heads++) {
    tail += Math.exp(logarithm);
    logarithm += Math.log((count - heads) / (heads + 1));
  }
  return Math.min(1, 2 * tail);
}
