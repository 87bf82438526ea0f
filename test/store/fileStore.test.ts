import { expect } from 'chai';
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { swapFile } from '../../core/store/fileSwap.js';
import { sha256Of } from '../../core/store/keys.js';
import { openStore } from '../../core/store/open.js';
import { describeContract, keysUnder } from './contract.js';
import { failureOf } from './failureOf.js';

const program = ['--import', 'tsx', join(import.meta.dirname, 'storeProcess.ts')];
const run = promisify(execFile);

describe('the file store', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ser-store-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  describeContract(() => openStore({ url: folder }));

  it('is opened by a path, by file:/path and by file:///path', async () => {
    await (await openStore({ url: folder })).put('object', new Uint8Array(1));
    for (const url of [`file:${folder}`, `file://${folder}`]) {
      const store = await openStore({ url });
      expect(store.url).to.equal(`file:${folder}`);
      expect(await store.head('object')).to.include({ sizeBytes: 1 });
    }
  });

  it('notices by its etag that a file was altered behind its back, whatever its size and time say', async () => {
    const store = await openStore({ url: folder });
    const info = await store.put('object', new Uint8Array([1, 2, 3]));
    await writeFile(join(folder, 'object'), new Uint8Array([1, 2, 4]));
    expect((await store.head('object'))?.etag).to.not.equal(info.etag);
  });

  it('keeps the bytes of a stored file apart from the file', async () => {
    const store = await openStore({ url: join(folder, 'store') });
    await writeFile(join(folder, 'source.wav'), 'before');
    await store.putFile('audio/a.wav', join(folder, 'source.wav'));
    await writeFile(join(folder, 'source.wav'), 'after!');
    expect(Buffer.from((await store.get('audio/a.wav')) ?? []).toString()).to.equal('before');
  });

  it('loses no update when processes race', async () => {
    await writeFile(join(folder, 'counter'), '0');
    await Promise.all([1, 2, 3].map(() => run(process.execPath, [...program, 'increment', folder])));
    expect(await readFile(join(folder, 'counter'), 'utf8')).to.equal('45');
    expect(await readdir(folder)).to.deep.equal(['counter']);
  });

  it('shows whole objects only, and takes new ones, after its writers were killed', async () => {
    for (let kill = 0; kill < 3; kill++) {
      const writer = spawn(process.execPath, [...program, 'write-for-ever', folder]);
      const ended = once(writer, 'exit');
      for (let turns = 0; turns < 3 + 4 * kill;) {
        turns += ((await once(writer.stdout, 'data')) as [Buffer])[0].length;
      }
      writer.kill('SIGKILL');
      await ended;

      const store = await openStore({ url: folder });
      for await (const { key } of store.list('')) {
        const [seal, rest] = Buffer.from((await store.get(key)) ?? [])
          .toString()
          .split('\n');
        expect(sha256Of(rest ?? ''), key).to.equal(seal);
      }
    }
    const store = await openStore({ url: folder });
    const etag = (await store.head('runs/one.json'))?.etag ?? '';
    expect(await store.putIf('runs/one.json', new Uint8Array(9), { etag })).to.include({ sizeBytes: 9 });
  });

  describe('that cannot work', () => {
    it('says so when a file stands where its folder should be', async () => {
      await writeFile(join(folder, 'file'), '');
      const failure = await failureOf(openStore({ url: join(folder, 'file', 'store') }));
      expect(failure).to.include({ kind: 'StoreUnavailable', subject: join(folder, 'file', 'store') });
      expect(failure.what).to.equal('there is a file where a folder is needed (ENOTDIR)');
      expect(failure.remedy).to.contain('SER_STORE');
    });

    it('says so when no folder can be made there', async function () {
      if (process.platform !== 'linux') {
        console.error('SKIPPED: only Linux has a /proc, where no folder can be made');
        this.skip();
      }
      expect(await failureOf(openStore({ url: '/proc/ser/store' }))).to.include({ kind: 'StoreUnavailable' });
    });

    it('does not pass for an empty store when its folder went away', async () => {
      const store = await openStore({ url: join(folder, 'store') });
      await store.put('object', new Uint8Array(1));
      await rm(join(folder, 'store'), { recursive: true });
      const uses = [
        () => store.get('object'),
        () => store.head('object'),
        () => store.put('object', new Uint8Array(1)),
        () => store.putIf('object', new Uint8Array(1), { absent: true }),
        () => store.delete('object'),
        () => keysUnder(store, ''),
      ];
      for (const use of uses) {
        const failure = await failureOf(use());
        expect(failure).to.include({ kind: 'StoreUnavailable', subject: join(folder, 'store') });
        expect(failure.what).to.equal('the folder of the store is gone (ENOENT)');
      }
    });

    it('says so when it may not write, and leaves nothing behind', async function () {
      if (process.getuid?.() === 0) {
        console.error('SKIPPED: permissions do not hold for root; the read-only disk below is the same story');
        this.skip();
      }
      await mkdir(join(folder, 'store'));
      await chmod(join(folder, 'store'), 0o500);
      const store = await openStore({ url: join(folder, 'store') });
      const failure = await failureOf(store.put('object', new Uint8Array(1)));
      expect(failure).to.include({ kind: 'StoreUnavailable', what: 'permission denied (EACCES)' });
    });

    for (const { disk, options, what } of [
      { disk: 'a full disk', options: 'size=1m', what: 'the disk is full (ENOSPC)' },
      { disk: 'a read-only disk', options: 'ro', what: 'the file system is read-only (EROFS)' },
    ]) {
      it(`names path and remedy on ${disk}, and goes on with what it holds`, function () {
        const mount = `mount -t tmpfs -o ${options} tmpfs "$0" && exec "$@"`;
        const child = [process.execPath, ...program, 'fill', folder];
        const outcome = spawnSync('unshare', ['--mount', '--map-root-user', 'sh', '-c', mount, folder, ...child]);
        if (outcome.error || /unshare|mount/.test(outcome.stderr.toString())) {
          console.error(`SKIPPED: no mount of one's own here: ${outcome.error?.message ?? outcome.stderr.toString()}`);
          this.skip();
        }
        expect(outcome.stderr.toString()).to.equal('');
        const { failure, left } = JSON.parse(outcome.stdout.toString()) as Record<string, object>;
        expect(failure).to.include({ kind: 'StoreUnavailable', what });
        expect(failure)
          .to.have.property('subject')
          .that.satisfies((subject: string) => subject.startsWith(folder));
        expect(failure).to.have.property('remedy').that.contains('SER_STORE');
        expect(left).to.deep.equal(disk === 'a full disk' ? ['small'] : []);
      });
    }
  });
});

describe('a conditional replacement of a file', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ser-swap-'));
    path = join(folder, 'file');
    await writeFile(path, 'before');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const write = (words: string) => (temporary: string) => writeFile(temporary, words);
  const reads = (words: string) => async () => (await readFile(path, 'utf8')) === words;

  it('goes on after a holder of the lock was killed', async () => {
    await mkdir(join(folder, '.lock-file'));
    await writeFile(join(folder, '.lock-file', 'token-of-the-dead'), 'lost');
    expect(await swapFile(path, write('after'), reads('before'), 50)).to.equal(true);
    expect(await readFile(path, 'utf8')).to.equal('after');
    expect(await readdir(folder)).to.deep.equal(['file']);
  });

  it('does not let a holder that slept overwrite what came meanwhile', async () => {
    let asked = 0;
    const sleeper = swapFile(
      path,
      write('of the sleeper'),
      async () => {
        const holds = await reads('before')();
        if (++asked === 2) expect(await swapFile(path, write('of the other'), reads('before'), 50)).to.equal(true);
        return holds;
      },
      50,
    );
    expect(await sleeper).to.equal(false);
    expect(asked).to.equal(3);
    expect(await readFile(path, 'utf8')).to.equal('of the other');
    expect(await readdir(folder)).to.deep.equal(['file']);
  });
});
