import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { openOutFile } from '../../../client/predict/outFile.js';
import type { Prediction } from '../../../client/predict/prediction.js';
import { type Format, rowFormat } from '../../../client/predict/rows.js';
import pc from 'picocolors';
import { failureOf } from '../../support/failureOf.js';
import { scratchFolder } from '../../support/folders.js';

const FILES = ['a.wav', 'b, "quoted".wav', 'line\nbreak.wav', 'bad.wav', 'zoë.wav'];
const LABELS = ['calm', 'sad'];

function rowsOf(file: string, spans: number): Prediction[] {
  if (file === 'bad.wav') return [{ file, error: 'not a recording' }];
  return Array.from({ length: spans }, (_, start) => ({
    file,
    ...(spans > 1 ? { start, end: start + 3 } : {}),
    emotion: 'calm',
    probability: 0.75,
    probabilities: { calm: 0.75, sad: 0.25 },
    durationSeconds: 3,
    warnings: ['clipped'],
  }));
}

describe('a table of predictions that grows', () => {
  const folder = scratchFolder();
  let tables = 0;

  /** Writes the rows of all files that a table lacks; returns how many it had. */
  async function fill(path: string, format: Format, spans: number, identity = 'model'): Promise<number> {
    const { head, row } = rowFormat(format, LABELS, spans > 1, pc);
    const table = await openOutFile(path, head, FILES, identity);
    for (const file of FILES.slice(table.filesDone)) await table.append(rowsOf(file, spans).map(row).join(''));
    await table.finish();
    return table.filesDone;
  }

  async function undisturbed(format: Format, spans: number): Promise<Buffer> {
    const path = join(folder, `whole-${tables++}.${format}`);
    expect(await fill(path, format, spans)).to.equal(0);
    return readFileSync(path);
  }

  for (const format of ['csv', 'jsonl'] as const) {
    for (const spans of [1, 3]) {
      it(`has the same bytes wherever it was cut off (${format}, ${spans} rows a file)`, async () => {
        const whole = await undisturbed(format, spans);
        await fc.assert(
          fc.asyncProperty(fc.nat({ max: whole.length }), async (cut) => {
            const path = join(folder, `cut-${tables++}.${format}`);
            writeFileSync(path, whole.subarray(0, cut));
            writeFileSync(`${path}.resume`, 'model');
            await fill(path, format, spans);
            expect(readFileSync(path).equals(whole)).to.equal(true);
            expect(existsSync(`${path}.resume`)).to.equal(false);
          }),
          { numRuns: 60 },
        );
      });
    }
  }

  it('is gone on with and not begun again', async () => {
    const whole = await undisturbed('csv', 1);
    const path = join(folder, 'going-on.csv');
    writeFileSync(path, whole.subarray(0, whole.length - 4));
    writeFileSync(`${path}.resume`, 'model');
    expect(await fill(path, 'csv', 1)).to.be.at.least(3);
  });

  it('is begun again for another model, and when nothing is under way', async () => {
    const whole = await undisturbed('csv', 1);
    const path = join(folder, 'again.csv');
    writeFileSync(path, whole);
    writeFileSync(`${path}.resume`, 'another model');
    expect(await fill(path, 'csv', 1)).to.equal(0);
    expect(await fill(path, 'csv', 1)).to.equal(0);
    expect(readFileSync(path).equals(whole)).to.equal(true);
  });

  it('refuses to go on with the rows of other files', async () => {
    const path = join(folder, 'other.csv');
    const { head, row } = rowFormat('csv', LABELS, false, pc);
    writeFileSync(path, head + row(rowsOf('stranger.wav', 1)[0]!));
    writeFileSync(`${path}.resume`, 'model');
    expect(await failureOf(() => fill(path, 'csv', 1))).to.include({ kind: 'BadConfig', subject: path });
  });
});
