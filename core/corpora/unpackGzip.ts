import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { messageOf, SerError } from '../contracts/errors.js';
import { isAbsurdExpansion } from './archiveLimits.js';

/**
 * Takes the gzip layer off an archive, once: the result stays in the cache as long as the archive does not change, so
 * that its entries can be read in any order and by any thread.
 *
 * @returns the path of the unpacked file
 * @throws SerError `DataRefused` for a damaged file or one that expands absurdly, `StoreUnavailable` for a full disk
 */
export async function unpackGzip(archive: string, cacheFolder: string): Promise<string> {
  const { size, mtimeMs } = await stat(archive);
  const mark = createHash('sha256').update(`${archive}\n${size}\n${mtimeMs}`).digest('hex').slice(0, 16);
  const name = basename(archive).replace(/\.(tgz|tar\.gz|gz)$/i, '');
  const folder = join(cacheFolder, 'unpacked');
  const target = join(folder, `${name}-${mark}.tar`);
  if (await stat(target).catch(() => undefined)) return target;
  const temporary = `${target}.${randomBytes(6).toString('hex')}`;
  try {
    await mkdir(folder, { recursive: true });
    await pipeline(createReadStream(archive), createGunzip(), limit(archive, size), createWriteStream(temporary));
    await rename(temporary, target);
    return target;
  } catch (error) {
    await rm(temporary, { force: true });
    throw failureOf(error, archive, folder);
  }
}

function limit(archive: string, packedBytes: number): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (isAbsurdExpansion(bytes, packedBytes)) {
        done(new SerError('DataRefused', `would unpack to more than ${bytes} bytes from ${packedBytes}`, archive));
      } else done(null, chunk);
    },
  });
}

function failureOf(error: unknown, archive: string, folder: string): SerError {
  if (error instanceof SerError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new SerError('StoreUnavailable', `the disk is full (${code})`, folder, 'Free some space there.');
  }
  const what = `is no .tar.gz archive, or not all of one (${messageOf(error)})`;
  return new SerError('DataRefused', what, archive, 'Fetch or pack it again.', { cause: error });
}
