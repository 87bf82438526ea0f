import { SerError } from '../core/contracts/errors.js';
import { codeOf } from '../core/store/systemCode.js';

/** What is wrong with the place that was asked for, by the system's code; all else befell a good place. */
const WRONG_PLACES: Record<string, string> = {
  ENOENT: 'there is no folder to write it into',
  ENOTDIR: 'there is a file where its folder would be',
  EEXIST: 'there is a file where its folder would be',
  EISDIR: 'is a folder',
  EACCES: 'may not be written',
  EPERM: 'may not be written',
  EROFS: 'lies on a file system that is read-only',
  ENAMETOOLONG: 'has too long a name',
};

/** A failed write of what an option names: `BadConfig` where the place is wrong, `StoreUnavailable` where it let us down. */
export function outFailure(error: unknown, path: string, option = '--out'): unknown {
  const code = codeOf(error);
  if (error instanceof SerError || code === '' || code.startsWith('ERR_')) return error;
  const place = WRONG_PLACES[code];
  if (place !== undefined) return new SerError('BadConfig', place, path, `Choose another ${option}.`, { cause: error });
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  const what = full ? 'the disk is full' : `cannot be written (${code})`;
  const remedy = full
    ? `Free some space there, or choose another ${option}.`
    : `Check the disk, or choose another ${option}.`;
  return new SerError('StoreUnavailable', what, path, remedy, { cause: error });
}
