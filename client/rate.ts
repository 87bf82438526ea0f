import { formatDuration } from './format.js';

/** How fast something goes, in its own unit, and how long it will go on like that. */
export type Rate = { perSecond: number; secondsLeft: number };

/** @param left what is to do yet; 0 when it is over or nobody knows */
export function rateFor(perSecond: number | undefined, left: number): Rate | undefined {
  if (perSecond === undefined || perSecond <= 0) return undefined;
  return { perSecond, secondsLeft: Math.max(0, left) / perSecond };
}

/** `12.3 MB/s`, `10 s left`. */
export function rateWords(rate: Rate | undefined, amount: (count: number) => string): string[] {
  if (rate === undefined) return [];
  const { perSecond, secondsLeft } = rate;
  return [`${amount(perSecond)}/s`, ...(secondsLeft > 0 ? [`${formatDuration(secondsLeft)} left`] : [])];
}

/** `412 files`; few a second have a decimal. */
export function filesText(count: number): string {
  return `${count < 9.95 ? Number(count.toFixed(1)) : Math.round(count)} files`;
}
