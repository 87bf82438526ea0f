import { closeSync, fstatSync, open, read } from 'node:fs';
import { promisify } from 'node:util';

const openDescriptor = promisify(open);
const readDescriptor = promisify(read);

/**
 * The bytes of a file, in `room` if they fit. What may wait for the disk is asynchronous, and nothing else: each such call
 * costs as much as to read 100 KB, and recordings are read by the thousand. Throws what the system does.
 */
export async function readInto(room: Uint8Array, path: string): Promise<Uint8Array> {
  const descriptor = await openDescriptor(path, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const bytes = size <= room.length ? room : new Uint8Array(size);
    let filled = 0;
    while (filled < size) {
      const { bytesRead } = await readDescriptor(descriptor, bytes, filled, size - filled, filled);
      if (bytesRead === 0) break; // it was cut short meanwhile
      filled += bytesRead;
    }
    return bytes.subarray(0, filled);
  } finally {
    closeSync(descriptor);
  }
}
