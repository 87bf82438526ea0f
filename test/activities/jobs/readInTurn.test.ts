import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { readInTurn, type Rooms } from '../../../activities/jobs/readInTurn.js';
import { sha256Of } from '../../../core/store/keys.js';
import type { ObjectStore } from '../../../core/store/objectStore.js';
import { openStore } from '../../../core/store/open.js';
import { failureOf } from '../../support/failureOf.js';
import { scratchFolder } from '../../support/folders.js';

describe('readInTurn', () => {
  let store: ObjectStore;
  beforeEach(async () => {
    store = await openStore({ url: scratchFolder() });
  });

  const recordings = (sizes: number[]) =>
    Promise.all(
      sizes.map(async (size, index) => {
        const bytes = randomBytes(size);
        const audio = `audio/${index}.wav`;
        await store.put(audio, bytes);
        return { bytes, audio, sha256: sha256Of(bytes) };
      }),
    );

  it('gives recordings of any length in their order, to the byte, in memory that was used before', async () => {
    const stored = await recordings([300, 9, 0, 70_000, 5_000_000, 300, 300, 90_000, 1, 80_000, 44, 300, 12_000]);
    const rooms: Rooms = [];
    for (const pass of ['first', 'second']) {
      let index = 0;
      for await (const bytes of readInTurn(store, stored, rooms)) {
        expect(Buffer.compare(bytes, stored[index]!.bytes), `${pass} pass, ${index}`).to.equal(0);
        index += 1;
      }
      expect(index).to.equal(stored.length);
    }
    expect(rooms.length).to.equal(5);
    expect(Math.max(...rooms.map((room) => room.length)), 'memory of the largest is not kept').to.equal(90_000);
  });

  it('reads nothing of an empty list', async () => {
    for await (const bytes of readInTurn(store, [], [])) expect.fail(`${bytes.length} bytes of nothing`);
  });

  it('names a recording that is missing or altered, after those before it', async () => {
    const stored = await recordings([10, 20, 30]);
    const missing = [...stored, { audio: 'audio/none.wav', sha256: sha256Of('none') }];
    const altered = [...stored, { audio: 'audio/0.wav', sha256: stored[1]!.sha256 }];
    for (const [list, what] of [
      [missing, 'is not in the store'],
      [altered, 'is altered in the store'],
    ] as const) {
      let read = 0;
      const failure = await failureOf(async () => {
        for await (const bytes of readInTurn(store, list, [])) read += bytes.length;
      });
      expect(read).to.equal(60);
      expect(failure).to.include({ kind: 'StoreUnavailable', what, subject: `${store.url}/${list[3]!.audio}` });
    }
  });
});
