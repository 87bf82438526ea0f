/** Draws from one seeded stream. */
export type Random = {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Uniform in [low, high). */
  between(low: number, high: number): number;
  /** Bell-shaped with mean 0 and deviation 1, never beyond 3.5: the sum of twelve uniform draws. */
  bell(): number;
  /** The items in another order. */
  shuffled<T>(items: readonly T[]): T[];
};

/** A stream for a name: FNV-1a makes four words of it, sfc32 (C. Doty-Humphrey, PractRand) draws. */
export function randomOf(name: string): Random {
  let [a, b, c, counter] = [fnv1a(`${name}/a`), fnv1a(`${name}/b`), fnv1a(`${name}/c`), 1];
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return sum >>> 0;
  };
  for (let round = 0; round < 12; round++) next();
  const uniform = (): number => next() / 4294967296;
  return {
    uniform,
    between: (low, high) => low + (high - low) * uniform(),
    bell: () => {
      let sum = -6;
      for (let n = 0; n < 12; n++) sum += uniform();
      return Math.max(-3.5, Math.min(3.5, sum));
    },
    shuffled: <T>(items: readonly T[]): T[] => {
      const order = [...items];
      for (let last = order.length - 1; last > 0; last--) {
        const other = Math.floor(uniform() * (last + 1));
        [order[last], order[other]] = [order[other]!, order[last]!];
      }
      return order;
    },
  };
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash | 0;
}
