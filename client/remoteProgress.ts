import type { DownloadProgress } from '../core/contracts/runs.js';
import { downloadText } from './downloadText.js';
import type { ProgressLine } from './progressLine.js';

/** Shows downloads on a line that changes. */
export function remoteProgress(line: ProgressLine): (progress: DownloadProgress) => void {
  return (progress) => line.update('downloading', progress.done, progress.total, downloadText(progress), progress.note);
}
