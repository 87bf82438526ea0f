import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { planUtterance } from '../../core/corpora/demo/plan.js';
import { demoUtterances } from '../../core/corpora/demo/script.js';
import { synthesise } from '../../core/corpora/demo/synthesiser.js';
import { encodeWav } from '../../core/corpora/demo/wav.js';

/** Writes every `nth` recording of the demo corpus to a folder, names as they are: all four corpora, all eight emotions. */
export async function writeSmallCorpus(folder: string, nth: number): Promise<void> {
  for (const utterance of demoUtterances().filter((_, index) => index % nth === 0)) {
    const { path, style } = utterance;
    const samples = synthesise(planUtterance(utterance), utterance);
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), encodeWav(samples, style.sampleRate, style.dataOffset));
  }
}
