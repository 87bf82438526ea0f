import { readFile } from 'node:fs/promises';
import { SerError } from '../contracts/errors.js';
import { readDemo } from './demo/demoSource.js';
import { whyUnreadable } from './fileAccess.js';
import type { ListedFile } from './source.js';
import { readTarFile } from './tarArchive.js';
import { readZipFile } from './zipArchive.js';

/**
 * The bytes of one file of a source.
 *
 * @throws SerError `BadInput` for bytes that cannot be had
 */
export async function readEntry({ path, sizeBytes, place }: ListedFile): Promise<Uint8Array> {
  switch (place.kind) {
    case 'file':
      return await readFile(place.path).catch((error: unknown) => {
        throw new SerError('BadInput', whyUnreadable(error), path, '', { cause: error });
      });
    case 'zip':
      return readZipFile({ path, sizeBytes, place });
    case 'tar':
      return readTarFile({ path, sizeBytes, place });
    case 'demo':
      return readDemo(place.index);
    case 'unreadable':
      throw new SerError('BadInput', place.reason, path);
  }
}
