import { SerError } from '../contracts/errors.js';
import { readInto } from '../store/readInto.js';
import { readDemo } from './demo/demoSource.js';
import { whyUnreadable } from './fileAccess.js';
import type { ListedFile } from './source.js';
import { readTarFile } from './tarArchive.js';
import { readZipFile } from './zipArchive.js';

/**
 * The bytes of one file of a source.
 *
 * @param room where those of a plain file may be put if they fit, for those who read many
 * @throws SerError `BadInput` for bytes that cannot be had
 */
export async function readEntry(
  { path, sizeBytes, place }: ListedFile,
  room: Uint8Array = new Uint8Array(0),
): Promise<Uint8Array> {
  switch (place.kind) {
    case 'file':
      return await readInto(room, place.path).catch((error: unknown) => {
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
