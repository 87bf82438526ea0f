import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { openDemo } from '../../core/corpora/demo/demoSource.js';

/**
 * Writes every `nth` recording of the demo corpus to a folder, names as they are: all four corpora, all eight emotions.
 *
 * @returns how many there are
 */
export async function writeSmallCorpus(folder: string, nth: number): Promise<number> {
  let index = 0;
  let written = 0;
  for await (const entry of openDemo().entries()) {
    if (index++ % nth !== 0) continue;
    await mkdir(dirname(join(folder, entry.path)), { recursive: true });
    await writeFile(join(folder, entry.path), await entry.read());
    written += 1;
  }
  return written;
}
