import { messageOf } from '../contracts/errors.js';

const REASONS: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a folder',
  ELOOP: 'its symbolic links go in a circle',
  ENOENT: 'it is not there, or a link to nothing',
};

/** Half a sentence on a failed file operation. */
export function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return `cannot be read: ${REASONS[code] ?? messageOf(error)}`;
}
