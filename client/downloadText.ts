import type { DownloadProgress } from '../core/contracts/runs.js';
import { filesText, rateFor, rateWords } from './rate.js';

/** `corpus.zip: 84.2 MB of 208.5 MB, 12.3 MB/s, 10 s left`, or why nothing comes just now. */
export function downloadText({ what, done, total, unit, perSecond, note }: DownloadProgress): string {
  if (note !== undefined) return `${what}: ${note}`;
  const amount = unit === 'bytes' ? megabytesText : filesText;
  const words = total > 0 ? `${what}: ${amount(done)} of ${amount(total)}` : `${what}: ${amount(done)}`;
  return [words, ...rateWords(rateFor(perSecond, total - done), amount)].join(', ');
}

function megabytesText(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
