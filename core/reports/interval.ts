/** Bounds of a share. */
export type Interval = { low: number; high: number };

/** Wilson (1927): bounds of a share that was seen among `count` trials, z = 1.96. */
export function wilsonInterval(share: number, count: number): Interval {
  if (count === 0) return { low: 0, high: 1 };
  const z = 1.959963984540054;
  const spread = z ** 2 / count;
  const centre = (share + spread / 2) / (1 + spread);
  const half = (z / (1 + spread)) * Math.sqrt((share * (1 - share)) / count + spread / (4 * count));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}
