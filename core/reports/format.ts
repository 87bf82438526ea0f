import { html, type Html } from './html.js';

const NO_BREAK_SPACE = '\u00a0';
const MINUS = '\u2212';

/** `12,162` */
export function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A share between 0 and 1 as `62.30`, in percent but without the sign. */
export function formatShare(share: number, digits: number): string {
  return Number.isFinite(share) ? (share * 100).toFixed(digits) : '\u2013';
}

/** A share between 0 and 1 as `62.30 %`. */
export function formatPercent(share: number, digits = 1): string {
  return Number.isFinite(share) ? `${formatShare(share, digits)}${NO_BREAK_SPACE}%` : '\u2013';
}

/** A difference of shares in percentage points, with its sign: `+2.1`, `−0.4`. */
export function formatPoints(difference: number, digits = 1): string {
  return withSign(difference * 100, digits);
}

/** A difference with its sign. */
export function withSign(difference: number, digits: number): string {
  const text = Math.abs(difference).toFixed(digits);
  return Number(text) === 0 ? text : `${difference < 0 ? MINUS : '+'}${text}`;
}

/** Seconds as `1.52 h`, or in minutes when it is less than an hour. */
export function formatDuration(seconds: number): string {
  return seconds >= 3600
    ? `${(seconds / 3600).toFixed(2)}${NO_BREAK_SPACE}h`
    : `${(seconds / 60).toFixed(1)}${NO_BREAK_SPACE}min`;
}

/** `1 recording`, `1,462 recordings` */
export function formatNumberOf(count: number, noun: string): string {
  return `${formatCount(count)}${NO_BREAK_SPACE}${noun}${count === 1 ? '' : 's'}`;
}

/** A share as people read it, with the unrounded number for programs. */
export function shareData(share: number, digits = 1): Html {
  return html`<data value="${share}">${formatShare(share, digits)}</data>`;
}

/** A count as people read it, with the bare number for programs. */
export function countData(count: number): Html {
  return html`<data value="${count}">${formatCount(count)}</data>`;
}
