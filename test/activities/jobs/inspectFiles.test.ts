import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { inspectFiles } from '../../../activities/jobs/inspectFiles.js';
import type { JobContext } from '../../../activities/jobs/job.js';
import { shareStanding } from '../../../activities/objects/standingAudio.js';
import { encodeWav } from '../../../core/corpora/demo/wav.js';
import { openSources } from '../../../core/corpora/openSource.js';
import { sha256Of } from '../../../core/store/keys.js';
import type { ObjectStore } from '../../../core/store/objectStore.js';
import { scratchFolder } from '../../support/folders.js';

/** A store far away: what it is given goes on its way some turns later, as a socket with others before it. */
function slowStore(): { store: ObjectStore; arrived: Map<string, Uint8Array> } {
  const arrived = new Map<string, Uint8Array>();
  const store: Pick<ObjectStore, 'url' | 'list' | 'put'> = {
    url: 's3://far/away',
    async *list() {
      yield* [];
      await setImmediate();
    },
    async put(key, bytes, sha256) {
      for (let turn = 0; turn < 20; turn++) await setImmediate();
      arrived.set(`${key} ${sha256}`, bytes.slice());
      return { key, sizeBytes: bytes.length, etag: '' };
    },
  };
  return { store: store as ObjectStore, arrived };
}

describe('inspecting files', () => {
  it('sends each recording whole, though files of all lengths are read to the same memory', async () => {
    const folder = scratchFolder();
    await mkdir(join(folder, 'happy'));
    const samples = Array.from({ length: 60 }, (_, index) => 100 + ((index * 7919) % 50_000));
    const sent = await Promise.all(
      samples.map(async (length, index) => {
        const values = Float64Array.from({ length }, (_, n) => 0.5 * Math.sin(n / (index + 3)));
        const bytes = encodeWav(values, 16_000, 44);
        await writeFile(join(folder, 'happy', `${index}.wav`), bytes);
        return bytes;
      }),
    );
    const [source] = await openSources([folder], { cacheFolder: scratchFolder() });
    const { store, arrived } = slowStore();
    const context: JobContext = { store: () => Promise.resolve(store), report: () => undefined, keep: () => undefined };
    const entries = source!.entries;
    const standing = shareStanding(new Map());
    for (const part of [entries.slice(0, 20), entries.slice(20)]) {
      const inspected = await inspectFiles({ entries: part, standing }, context);
      expect(inspected.map(({ measured }) => measured.reason)).to.deep.equal(part.map(() => ''));
    }
    expect(arrived.size).to.equal(sent.length);
    for (const bytes of sent) {
      const sha256 = sha256Of(bytes);
      const stored = arrived.get(`audio/${sha256}.wav ${sha256}`);
      expect(stored && sha256Of(stored)).to.equal(sha256);
    }
  });
});
