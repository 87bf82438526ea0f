import { createHash } from 'node:crypto';

/** Random numbers that a text decides: the same on every machine. */
export type SeededRandom = {
  /** From 0 to below 1. */
  uniform: () => number;
  /** From -1 to 1. */
  signed: () => number;
};

/** xoshiro128** (Blackman and Vigna, "Scrambled Linear Pseudorandom Number Generators", 2021), seeded by the SHA-256 of a text. */
export function seededRandom(text: string): SeededRandom {
  const digest = createHash('sha256').update(text).digest();
  let [a, b, c, d] = [0, 4, 8, 12].map((offset) => digest.readUInt32LE(offset)) as [number, number, number, number];
  const uniform = (): number => {
    const scrambled = Math.imul(b, 5);
    const word = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return word / 2 ** 32;
  };
  return { uniform, signed: () => 2 * uniform() - 1 };
}
