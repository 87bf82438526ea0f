import type { RemoteProgress } from '../core/corpora/download/access.js';
import type { ProgressLine } from './progressLine.js';

/** Shows downloads on a line that changes. */
export function remoteProgress(line: ProgressLine): (progress: RemoteProgress) => void {
  return ({ what, done, total, unit, note }) => {
    const amount =
      unit === 'files' ? `${done}/${total} files` : `${megabytes(done)} of ${total ? megabytes(total) : '?'}`;
    line.update('downloading', done, total, `${what}: ${note ?? amount}`);
  };
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
