import { chmod, mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { lookAtFile } from '../../core/corpora/fileState.js';
import { openInspectionIndex } from '../../core/corpora/inspectionIndex.js';
import type { Measured } from '../../core/corpora/inspectEntry.js';
import { openSources } from '../../core/corpora/openSource.js';
import type { ListedFile } from '../../core/corpora/source.js';
import { makeZip } from '../fixtures/corporaZip.js';
import { scratchFolder } from '../support/folders.js';

const found: Measured = {
  sha256: 'a'.repeat(64),
  sizeBytes: 5,
  audio: { sampleRate: 16_000, channels: 1, durationSeconds: 1, container: 'wav', peak: 1, rms: 0.5, clippedShare: 0 },
  reason: '',
};

let folder: string;
let path: string;
beforeEach(async () => {
  folder = scratchFolder();
  path = join(folder, 'DC_a01.wav');
  await writeFile(path, 'first');
});

const open = (spec = folder) => openInspectionIndex(join(folder, '.cache'), spec);

async function listed(file = path): Promise<ListedFile> {
  const { sizeBytes, state } = await lookAtFile(file);
  return { path: 'DC_a01.wav', sizeBytes, place: { kind: 'file', path: file, state } };
}

/** Long enough after any file of a test was written. */
const later = () => Date.now() + 60_000;

async function remember(file: ListedFile, readAtMs = later()): Promise<void> {
  const index = await open();
  index.add(file, found, readAtMs);
  await index.save();
}

describe('the index of what was looked at', () => {
  it('answers for a file that is as it was', async () => {
    await remember(await listed());
    expect((await open()).find(await listed())).to.deep.equal(found);
  });

  it('answers for nothing that was not looked at, and for no other source', async () => {
    await remember(await listed());
    const other = join(folder, 'DC_a02.wav');
    await writeFile(other, 'first');
    expect((await open()).find(await listed(other))).to.equal(undefined);
    expect((await open('elsewhere')).find(await listed())).to.equal(undefined);
  });

  const changes: [string, () => Promise<unknown>][] = [
    ['holds other bytes', () => writeFile(path, 'second')],
    ['holds other bytes of the same size', () => writeFile(path, 'FIRST')],
    [
      'holds other bytes of the same size under the old times',
      async () => {
        const { atime, mtime } = await stat(path);
        await writeFile(path, 'FIRST');
        await utimes(path, atime, mtime);
      },
    ],
    [
      'was replaced by another of the same size and times',
      async () => {
        const { atime, mtime } = await stat(path);
        await writeFile(`${path}.new`, 'FIRST');
        await utimes(`${path}.new`, atime, mtime);
        await rename(`${path}.new`, path);
      },
    ],
    ['may not be read any more', () => chmod(path, 0)],
  ];
  for (const [change, make] of changes) {
    it(`answers no more for a file that ${change}`, async () => {
      await remember(await listed());
      const before = (await stat(path, { bigint: true })).ctimeNs;
      while ((await stat(path, { bigint: true })).ctimeNs === before) await make(); // until the clock of files has moved
      expect((await open()).find(await listed())).to.equal(undefined);
    });
  }

  it('does not trust a file that was read within two seconds of being written', async () => {
    const file = await listed();
    const writtenMs = file.place.kind === 'file' ? file.place.state.changedMs : 0;
    await remember(file, writtenMs + 2000);
    expect((await open()).find(file)).to.equal(undefined);
    await remember(file, writtenMs + 2001);
    expect((await open()).find(file)).to.deep.equal(found);
  });

  it('knows files within archives by their place and checksum, and by the state of the archive', async () => {
    const archive = join(folder, 'corpus.zip');
    const pack = (bytes: string) =>
      writeFile(archive, makeZip([{ name: 'DC_a01.wav', bytes: Buffer.from(bytes), stored: true }]));
    const entry = async () => (await openSources([archive], { cacheFolder: folder }))[0]!.entries[0]!;
    await pack('first');
    await remember(await entry());
    expect((await open()).find(await entry())).to.deep.equal(found);
    const { mark } = (await lookAtFile(archive)).state;
    while ((await lookAtFile(archive)).state.mark === mark) await pack('FIRST');
    expect((await open()).find(await entry())).to.equal(undefined);
  });

  it('forgets what is there no more', async () => {
    await remember(await listed());
    const index = await open();
    await index.save();
    expect((await open()).find(await listed())).to.equal(undefined);
  });

  it('is as good as none when it is damaged, cut short, of another version, or cannot be written', async () => {
    await remember(await listed());
    const cache = join(folder, '.cache', 'inspected');
    const file = join(cache, (await readdir(cache))[0]!);
    const whole = await readFile(file, 'utf8');
    for (const text of [
      whole.replace('aaaa', 'bbbb'),
      whole.slice(0, -20),
      whole.replace(/^ser inspection \d+/, 'ser inspection 0'),
      '',
    ]) {
      await writeFile(file, text);
      expect((await open()).find(await listed()), text.slice(0, 40)).to.equal(undefined);
    }
    await writeFile(file, whole);
    expect((await open()).find(await listed())).to.deep.equal(found);

    await rm(join(folder, '.cache'), { recursive: true });
    await mkdir(join(folder, '.cache'));
    await writeFile(cache, 'a file where a folder should be');
    await remember(await listed());
  });
});
