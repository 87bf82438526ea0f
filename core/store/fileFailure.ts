import { SerError } from '../contracts/errors.js';
import { codeOf } from './systemCode.js';

const CAUSES: Record<string, readonly [what: string, remedy: string]> = {
  ENOSPC: ['the disk is full', 'Free some space there, or choose another store (SER_STORE).'],
  EDQUOT: ['the disk quota is used up', 'Free some space there, or choose another store (SER_STORE).'],
  EACCES: ['permission denied', 'Give this user the right to write there, or choose another store (SER_STORE).'],
  EPERM: ['operation not permitted', 'Give this user the right to write there, or choose another store (SER_STORE).'],
  EROFS: ['the file system is read-only', 'Mount it for writing, or choose another store (SER_STORE).'],
  ENOENT: ['the folder of the store is gone', 'Mount or restore it, or choose another store (SER_STORE).'],
  ENOTDIR: ['there is a file where a folder is needed', 'Move the file away, or choose another store (SER_STORE).'],
  EEXIST: ['there is a file where a folder is needed', 'Move the file away, or choose another store (SER_STORE).'],
  EISDIR: ['there is a folder where a file is needed', 'Move the folder away, or choose another store (SER_STORE).'],
  EMFILE: ['too many open files', 'Raise the limit (ulimit -n), or lower the number of threads.'],
  ENFILE: ['too many open files', 'Raise the limit of the system, or lower the number of threads.'],
};

/** A failed file operation as `StoreUnavailable` with path and remedy; errors that are none of the system's as they are. */
export function fileFailure(error: unknown, path: string): unknown {
  const code = codeOf(error);
  if (error instanceof SerError || code === '' || code.startsWith('ERR_')) return error;
  const [what, remedy] = CAUSES[code] ?? ['the disk does not take or give the data', 'Check the disk and its mount.'];
  return new SerError('StoreUnavailable', `${what} (${code})`, path, remedy, { cause: error });
}
