import { messageOf } from '../contracts/errors.js';

const REASONS: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a folder',
  ELOOP: 'its symbolic links go in a circle',
  ENOENT: 'it is not there, or a link to nothing',
};

/**
 * Half a sentence on a failed file operation.
 *
 * @param path of the file, where one is read whose name came from a folder: one that is not in UTF-8 is found by nobody
 */
export function whyUnreadable(error: unknown, path = ''): string {
  if (path.includes('\uFFFD')) return 'cannot be read: its name is not in UTF-8';
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return `cannot be read: ${REASONS[code] ?? messageOf(error)}`;
}
