/**
 * Every random draw of a training. A draw is a pure function of (seed, purpose, layer, epoch, step, index): nothing
 * is consumed, so a training that was killed continues with the very numbers it would have seen.
 *
 * The generator is Philox-4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel Random Numbers: As Easy as 1, 2, 3; 2011). Its
 * twin in WebAssembly is `wasm/assembly/_philox.ts`.
 */
const MULTIPLIERS = [0xd2511f53, 0xcd9e8d57] as const;
const WEYL = [0x9e3779b9, 0xbb67ae85] as const;
const ROUNDS = 10;

/** What a draw is for; two purposes never share a number. */
export const PURPOSE = { initialWeights: 1, dropout: 2, batchOrder: 3, networkSeed: 4 } as const;

export type Draw = {
  /** A whole number, 0 to 2^53 - 1. */
  seed: number;
  purpose: (typeof PURPOSE)[keyof typeof PURPOSE];
  layer?: number;
  epoch?: number;
  step?: number;
};

/** The high half of the 64-bit product of two unsigned 32-bit numbers. */
function multiplyHigh(a: number, b: number): number {
  const aHigh = a >>> 16;
  const aLow = a & 0xffff;
  const bHigh = b >>> 16;
  const bLow = b & 0xffff;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  return aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(((middle % 0x10000) + aLow * bHigh) / 0x10000);
}

/** Turns a 128-bit counter into 128 random bits, in place, under a 64-bit key. */
export function philox(counter: Uint32Array, key0: number, key1: number): void {
  let [c0, c1, c2, c3] = counter as unknown as [number, number, number, number];
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(MULTIPLIERS[0], c0);
    const low0 = Math.imul(MULTIPLIERS[0], c0);
    const high1 = multiplyHigh(MULTIPLIERS[1], c2);
    const low1 = Math.imul(MULTIPLIERS[1], c2);
    c0 = (high1 ^ c1 ^ key0) >>> 0;
    c1 = low1 >>> 0;
    c2 = (high0 ^ c3 ^ key1) >>> 0;
    c3 = low0 >>> 0;
    key0 = (key0 + WEYL[0]) | 0;
    key1 = (key1 + WEYL[1]) | 0;
  }
  counter[0] = c0;
  counter[1] = c1;
  counter[2] = c2;
  counter[3] = c3;
}

/** Key and fixed counter words of a draw: what its twin in WebAssembly is handed. */
export function drawWords(draw: Draw): { key0: number; key1: number; c1: number; c2: number; c3: number } {
  return {
    key0: draw.seed >>> 0,
    key1: Math.floor(draw.seed / 2 ** 32),
    c1: (draw.purpose << 16) | (draw.layer ?? 0),
    c2: draw.step ?? 0,
    c3: draw.epoch ?? 0,
  };
}

/** The first `count` random 32-bit words of a draw. */
export function randomWords(draw: Draw, count: number): Uint32Array {
  const { key0, key1, c1, c2, c3 } = drawWords(draw);
  const words = new Uint32Array(Math.ceil(count / 4) * 4);
  const counter = new Uint32Array(4);
  for (let block = 0; block * 4 < count; block++) {
    counter[0] = block;
    counter[1] = c1;
    counter[2] = c2;
    counter[3] = c3;
    philox(counter, key0, key1);
    words.set(counter, block * 4);
  }
  return words.subarray(0, count);
}

/** The order in which an epoch goes through its `count` rows: a Fisher-Yates shuffle. */
export function batchOrder(seed: number, epoch: number, count: number): Uint32Array {
  const words = randomWords({ seed, purpose: PURPOSE.batchOrder, epoch }, count);
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const chosen = Math.floor(((words[last] as number) * (last + 1)) / 2 ** 32);
    const held = order[last] as number;
    order[last] = order[chosen] as number;
    order[chosen] = held;
  }
  return order;
}

/** A word below it means: drop this unit. */
export function dropThreshold(rate: number): number {
  return Math.round(rate * 2 ** 32);
}

/** Words of a dropout mask are numbered row by row with this stride, so that both trainers draw the same ones. */
export function maskStride(units: number): number {
  return Math.ceil(units / 8) * 8;
}

/** An inverted dropout mask, `rows` x `units`: 0 where dropped, 1 / (1 - rate) where kept. */
export function dropoutMask(draw: Omit<Draw, 'purpose'>, rate: number, rows: number, units: number): Float32Array {
  const stride = maskStride(units);
  const words = randomWords({ ...draw, purpose: PURPOSE.dropout }, rows * stride);
  const threshold = dropThreshold(rate);
  const kept = 1 / (1 - rate);
  const mask = new Float32Array(rows * units);
  for (let row = 0; row < rows; row++) {
    for (let unit = 0; unit < units; unit++) {
      mask[row * units + unit] = (words[row * stride + unit] as number) < threshold ? 0 : kept;
    }
  }
  return mask;
}
