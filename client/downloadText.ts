import type { DownloadProgress } from '../core/contracts/runs.js';
import { formatDuration } from './format.js';

/** `corpus.zip: 84.2 MB of 208.5 MB, 12.3 MB/s, 10 s left`, or why nothing comes just now. */
export function downloadText({ what, done, total, unit, perSecond = 0, note }: DownloadProgress): string {
  if (note !== undefined) return `${what}: ${note}`;
  const amount = (count: number) =>
    unit === 'bytes' ? `${(count / 1e6).toFixed(1)} MB` : `${Math.round(count)} files`;
  const words = [total > 0 ? `${what}: ${amount(done)} of ${amount(total)}` : `${what}: ${amount(done)}`];
  if (perSecond > 0) words.push(`${amount(perSecond)}/s`);
  if (perSecond > 0 && total > done) words.push(`${formatDuration((total - done) / perSecond)} left`);
  return words.join(', ');
}
