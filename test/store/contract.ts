import { expect } from 'chai';
import fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkWritable } from '../../core/store/checkWritable.js';
import { sha256Of } from '../../core/store/keys.js';
import type { ListedObject, ObjectEntry, ObjectStore } from '../../core/store/objectStore.js';
import { failureOf } from './failureOf.js';

const text = (words: string): Uint8Array => new TextEncoder().encode(words);

/** What a store lists under a prefix, sorted. */
export async function keysUnder(store: ObjectStore, prefix: string): Promise<string[]> {
  const entries: ObjectEntry[] = [];
  for await (const entry of store.list(prefix)) entries.push(entry);
  return entries.map(({ key }) => key).sort();
}

/**
 * What every store must do, whatever it keeps its objects in.
 *
 * @param openFresh opens a store that holds nothing
 */
export function describeContract(openFresh: () => Promise<ObjectStore>): void {
  let store: ObjectStore;
  beforeEach(async () => {
    store = await openFresh();
  });

  describe('put, get and head', () => {
    it('gives back the bytes that were put', async () => {
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 5000 }), async (bytes) => {
          const info = await store.put('a/b/object.bin', bytes);
          expect(info).to.include({ key: 'a/b/object.bin', sizeBytes: bytes.length });
          expect(Buffer.from((await store.get('a/b/object.bin')) ?? []).equals(bytes)).to.equal(true);
          expect(await store.head('a/b/object.bin')).to.deep.equal(info);
        }),
        { numRuns: 20 },
      );
    });

    it('takes the SHA-256 of the bytes from those who know it', async () => {
      const bytes = randomBytes(3000);
      const info = await store.put('object', bytes);
      expect(await store.put('object', bytes, sha256Of(bytes))).to.deep.equal(info);
      expect(bytes.equals((await store.get('object')) ?? new Uint8Array())).to.equal(true);
    });

    it('keeps an object of several megabytes', async () => {
      const bytes = randomBytes(9_000_001);
      const info = await store.put('large.bin', bytes);
      expect(bytes.equals((await store.get('large.bin')) ?? new Uint8Array())).to.equal(true);
      expect(info.sizeBytes).to.equal(bytes.length);
    });

    it('gives the same bytes whether they fit into the room at hand or not', async () => {
      const bytes = randomBytes(5000);
      await store.put('object', bytes);
      for (const length of [0, 1, 4999, 5000, 5001, 20_000]) {
        const read = await store.get('object', new Uint8Array(length).fill(7));
        expect(bytes.equals(read ?? new Uint8Array()), `room for ${length}`).to.equal(true);
      }
      expect(await store.get('no/such', new Uint8Array(9))).to.equal(undefined);
    });

    it('knows nothing of an object that was never put', async () => {
      expect(await store.get('no/such')).to.equal(undefined);
      expect(await store.head('no/such')).to.equal(undefined);
    });

    it('does not take a folder for an object', async () => {
      await store.put('folder/object', text('x'));
      expect(await store.get('folder')).to.equal(undefined);
      expect(await store.get('folder', new Uint8Array(9999))).to.equal(undefined);
      expect(await store.head('folder')).to.equal(undefined);
    });

    it('replaces the bytes of an object, and its etag with them', async () => {
      const first = await store.put('object', text('one'));
      const second = await store.put('object', text('two'));
      expect(second.etag).to.not.equal(first.etag);
      expect((await store.put('object', text('one'))).etag).to.equal(first.etag);
    });

    it('stores a file', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'ser-put-file-'));
      const bytes = randomBytes(300_000);
      await writeFile(join(folder, 'source.wav'), bytes);
      const info = await store.putFile('audio/source.wav', join(folder, 'source.wav'));
      expect(info).to.deep.equal(await store.put('audio/same.wav', bytes).then((same) => ({ ...same, key: info.key })));
      expect(bytes.equals((await store.get('audio/source.wav')) ?? new Uint8Array())).to.equal(true);
      await rm(folder, { recursive: true });
    });

    it('says which file could not be read when it is asked to store one that is not there', async () => {
      const failure = await failureOf(store.putFile('audio/x.wav', '/no/such/file.wav'));
      expect(failure).to.include({ kind: 'BadInput', subject: '/no/such/file.wav' });
    });

    it('shows a reader one whole version while another one is being written', async () => {
      const versions = [randomBytes(400_000), randomBytes(400_000)] as const;
      await store.put('object', versions[0]);
      let writing = true;
      const writer = (async () => {
        for (let turn = 0; turn < 20; turn++) await store.put('object', versions[turn % 2 === 0 ? 1 : 0]);
        writing = false;
      })();
      while (writing) {
        const seen = Buffer.from((await store.get('object')) ?? []);
        expect(versions.some((version) => version.equals(seen))).to.equal(true);
      }
      await writer;
    });
  });

  describe('list and delete', () => {
    it('lists every object under a prefix, and no other', async () => {
      for (const key of ['a/1', 'a/2/x', 'a/2/y', 'ab/3', 'b', '007']) await store.put(key, text(key));
      expect(await keysUnder(store, '')).to.deep.equal(['007', 'a/1', 'a/2/x', 'a/2/y', 'ab/3', 'b']);
      expect(await keysUnder(store, 'a/')).to.deep.equal(['a/1', 'a/2/x', 'a/2/y']);
      expect(await keysUnder(store, 'a/2')).to.deep.equal(['a/2/x', 'a/2/y']);
      expect(await keysUnder(store, 'a')).to.deep.equal(['a/1', 'a/2/x', 'a/2/y', 'ab/3']);
      expect(await keysUnder(store, 'c/')).to.deep.equal([]);
    });

    it('tells the size and the time of each object it lists', async () => {
      await store.put('sizes/five', text('12345'));
      const entries: ListedObject[] = [];
      for await (const entry of store.list('sizes/')) entries.push(entry);
      expect(entries).to.have.length(1);
      expect(entries[0]).to.include({ key: 'sizes/five', sizeBytes: 5 });
      expect(entries[0]!.modifiedMs).to.be.closeTo(Date.now(), 60_000);
    });

    it('deletes an object, and does not mind if there is none', async () => {
      await store.put('object', text('x'));
      await store.delete('object');
      await store.delete('object');
      expect(await store.get('object')).to.equal(undefined);
    });
  });

  describe('putIf', () => {
    it('writes where nothing stands, once', async () => {
      const written = await store.putIf('runs/a.json', text('first'), { absent: true });
      expect(written).to.deep.equal(await store.head('runs/a.json'));
      expect(await store.putIf('runs/a.json', text('second'), { absent: true })).to.equal(undefined);
      expect(Buffer.from((await store.get('runs/a.json')) ?? []).toString()).to.equal('first');
    });

    it('replaces what stands with the expected etag, and nothing else', async () => {
      const first = await store.put('aliases/champion.json', text('first'));
      const second = await store.putIf('aliases/champion.json', text('second'), { etag: first.etag });
      expect(second?.etag).to.not.equal(first.etag);
      expect(await store.putIf('aliases/champion.json', text('third'), { etag: first.etag })).to.equal(undefined);
      expect(Buffer.from((await store.get('aliases/champion.json')) ?? []).toString()).to.equal('second');
    });

    it('does not write where an etag is expected and nothing stands', async () => {
      const gone = await store.put('object', text('x'));
      await store.delete('object');
      expect(await store.putIf('object', text('y'), { etag: gone.etag })).to.equal(undefined);
      expect(await store.get('object')).to.equal(undefined);
    });

    it('lets one of many who write at once through', async () => {
      const tries = Array.from({ length: 12 }, (_, turn) =>
        store.putIf('one', text(`writer ${turn}`), { absent: true }),
      );
      expect((await Promise.all(tries)).filter(Boolean)).to.have.length(1);
    });

    it('loses no update among many who read, change and write', async () => {
      await store.put('counter', text('0'));
      await Promise.all(Array.from({ length: 4 }, () => increment(store, 'counter', 5)));
      expect(Buffer.from((await store.get('counter')) ?? []).toString()).to.equal('20');
    });
  });

  it('is known to be writable, and keeps nothing of the test', async () => {
    await checkWritable(store);
    expect(await keysUnder(store, '')).to.deep.equal([]);
  });

  describe('keys', () => {
    for (const key of [
      '',
      '/a',
      'a/',
      'a//b',
      '../a',
      'a/../b',
      './a',
      '.hidden',
      'a/.tmp-1',
      'a\\b',
      'a b',
      'ä',
      'a\0',
    ]) {
      it(`refuses ${JSON.stringify(key)}`, async () => {
        for (const use of [store.get(key), store.head(key), store.put(key, text('x')), store.delete(key)]) {
          expect(await failureOf(use)).to.include({ kind: 'BadConfig' });
        }
      });
    }
  });
}

/** Adds one to a number in the store, several times, whoever else does the same. */
export async function increment(store: ObjectStore, key: string, times: number): Promise<void> {
  for (let done = 0; done < times;) {
    const before = await store.head(key);
    const value = Number(Buffer.from((await store.get(key)) ?? []).toString());
    if (before && (await store.putIf(key, text(String(value + 1)), { etag: before.etag }))) done++;
  }
}
