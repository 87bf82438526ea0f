import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { encodeWav } from '../../../core/corpora/demo/wav.js';
import { refuse, serve, startServer, type UnreliableServer } from '../../corpora/download/unreliableServer.js';
import { makeZip } from '../../fixtures/corporaZip.js';
import { type Ended, ser, startSer } from '../../support/command.js';
import { expectRefusal } from '../../support/expectRefusal.js';
import { scratchFolder } from '../../support/folders.js';

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

type Fetched = { counts: { files: number; usable: number }; rejects: { path: string; reason: string }[] };

/** A short recording; each number gives other bytes. */
function recording(number: number): Buffer {
  const samples = Float64Array.from({ length: 800 }, (_, n) => 0.5 * Math.sin(n / (3 + number)));
  return Buffer.from(encodeWav(samples, 16_000, 44));
}

describe('`data fetch` of bad data', function () {
  this.timeout(60_000);
  let folder: string;
  let data: string;
  let server: UnreliableServer;

  beforeEach(async () => {
    folder = scratchFolder();
    data = join(folder, 'data');
    put('DC_a01.wav', recording(1));
    put('DC_h01.wav', recording(2));
    server = await startServer();
  });
  afterEach(() => server.close());

  function put(name: string, bytes: Buffer): string {
    mkdirSync(dirname(join(data, name)), { recursive: true });
    writeFileSync(join(data, name), bytes);
    return join(data, name);
  }

  const fetch = (sources: string[], surroundings: object = {}): Promise<Ended> =>
    ser(['data', 'fetch', ...sources], { folder, ...surroundings });

  /** What comes of sources that are taken, apart from their rejects. */
  async function taken(sources: string[], surroundings: object = {}): Promise<Fetched> {
    const { code, stdout, stderr } = await fetch([...sources, '--max-rejected', '90%', '-o', 'json'], surroundings);
    expect(code, stderr).to.equal(0);
    return JSON.parse(stdout) as Fetched;
  }

  it('refuses credentials that a server does not know: exit code 2', async () => {
    server.file('/corpus.zip', Buffer.alloc(0), [refuse(401, {}, 'no')]);
    const ended = await fetch([`${server.url}/corpus.zip`]);
    expectRefusal(ended, 2, /^ser: the server refuses \(401\)$/, /corpus\.zip$/, /log in.*KAGGLE_KEY/);
  });

  describe('on a disk that is full in the middle of a download', () => {
    const FULL = /^ser: (the disk is full \(ENOSPC\)|the file grows larger than the system allows \(EFBIG\))$/;

    /** A folder that takes half a megabyte; undefined where nobody may mount one. */
    function smallDisk(): string | undefined {
      const disk = join(folder, 'disk');
      mkdirSync(disk);
      const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', disk]);
      return mounted.status === 0 ? disk : undefined;
    }

    const archive = () =>
      makeZip(
        Array.from({ length: 600 }, (_, index) => ({
          name: `happy/${index}.wav`,
          bytes: recording(index),
          stored: true,
        })),
      );

    it('stops with exit code 3, says where, and goes on from there once there is room', async function () {
      const disk = smallDisk();
      if (disk === undefined) {
        console.error('    SKIPPED, no small disk can be mounted here');
        this.skip();
      }
      try {
        const bytes = archive();
        server.file('/corpus.zip', bytes);
        mkdirSync(join(disk, '.ser'));
        const sources = [`${server.url}/corpus.zip`, '--store', join(folder, 'store')];
        const full = await fetch(sources, { folder: disk });
        expectRefusal(full, 3, FULL, /disk\/\.ser\/cache\/downloads\/.*corpus\.zip$/, /Free some space/);
        execFileSync('mount', ['-o', 'remount,size=64m', disk]);
        const { code, stderr } = await fetch(sources, { folder: disk });
        expect(code, stderr).to.equal(0);
        expect(server.requests[1]!.headers.range).to.match(/^bytes=[1-9]\d+-$/);
      } finally {
        execFileSync('umount', ['--lazy', disk]);
      }
    });

    it('says so as well where the system limits the size of files', async () => {
      server.file('/corpus.zip', archive());
      const prefix = ['sh', '-c', 'ulimit -f 512; exec "$0" "$@"'];
      const ended = await fetch([`${server.url}/corpus.zip`], { prefix });
      expectRefusal(ended, 3, FULL, /corpus\.zip$/, /Free some space/);
    });
  });

  it('refuses an archive that was cut short, whether it lies here or comes so: exit code 4', async () => {
    const whole = makeZip([{ name: 'DC_a01.wav', bytes: recording(1) }]);
    const cut = whole.subarray(0, whole.length - 30);
    const here = await fetch([put('cut.zip', cut)]);
    expectRefusal(here, 4, /^ser: is no \.zip archive, or not all of one/, /cut\.zip$/, /Fetch or pack it again/);
    server.file('/there.zip', cut);
    const there = await fetch([`${server.url}/there.zip`]);
    expectRefusal(there, 4, /^ser: is no \.zip archive, or not all of one/, /there\.zip$/, /Fetch or pack it again/);
  });

  it('refuses an archive under a password: exit code 4', async () => {
    const locked = makeZip([{ name: 'DC_a01.wav', bytes: recording(1), flags: 1 }]);
    const ended = await fetch([put('locked.zip', locked)]);
    expectRefusal(ended, 4, /^ser: the archive is protected by a password/, /locked\.zip$/, /Unpack it/);
  });

  describe('that may not be read', () => {
    before(function () {
      const reachable = !isRoot || spawnSync('ls', [new URL('../../..', import.meta.url).pathname], { uid: NOBODY });
      if (isRoot && typeof reachable === 'object' && reachable.status !== 0) {
        console.error('    SKIPPED, nobody else than root reaches this checkout');
        this.skip();
      }
    });

    /** Runs as somebody whom permissions hold for. */
    const asNobody = (): object => {
      if (!isRoot) return {};
      for (const path of [folder, data]) chownSync(path, NOBODY, NOBODY);
      return { uid: NOBODY, environment: { HOME: folder } };
    };

    it('rejects a recording by name and keeps the others', async () => {
      chmodSync(put('DC_d01.wav', recording(3)), 0);
      const { counts, rejects } = await taken([data], asNobody());
      expect(counts.usable).to.equal(2);
      expect(rejects).to.deep.equal([{ path: 'DC_d01.wav', reason: 'cannot be read: permission denied' }]);
    });

    it('rejects a folder within by name', async () => {
      put('closed/DC_d01.wav', recording(3));
      chmodSync(join(data, 'closed'), 0);
      const { rejects } = await taken([data], asNobody());
      expect(rejects).to.deep.equal([{ path: 'closed', reason: 'cannot be read: permission denied' }]);
    });

    it('refuses a folder or an archive that is all there is: exit code 2', async () => {
      const archive = put('closed.zip', makeZip([{ name: 'DC_a01.wav', bytes: recording(1) }]));
      chmodSync(archive, 0);
      const ofArchive = await fetch([archive], asNobody());
      expectRefusal(ofArchive, 2, /^ser: cannot be read: permission denied$/, /closed\.zip$/, /read permission/);
      chmodSync(data, 0);
      expectRefusal(
        await fetch([data], isRoot ? { uid: NOBODY } : {}),
        2,
        /^ser: cannot be read: permission denied$/,
        /data$/,
        /read permission/,
      );
      chmodSync(data, 0o755);
    });
  });

  it('follows links in circles once, and rejects a link to itself or to nothing', async () => {
    symlinkSync('..', join(data, 'up'));
    symlinkSync('DC_d01.wav', join(data, 'DC_d01.wav'));
    symlinkSync('nowhere', join(data, 'DC_d02.wav'));
    const { counts, rejects } = await taken([data]);
    expect(counts).to.include({ files: 4, usable: 2 });
    expect(rejects).to.deep.equal([
      { path: 'DC_d01.wav', reason: 'cannot be read: its symbolic links go in a circle' },
      { path: 'DC_d02.wav', reason: 'cannot be read: it is not there, or a link to nothing' },
    ]);
  });

  it('rejects a file of no bytes', async () => {
    put('DC_d01.wav', Buffer.alloc(0));
    expect((await taken([data])).rejects).to.deep.equal([{ path: 'DC_d01.wav', reason: 'is empty' }]);
  });

  it('rejects files and folders whose names are not in UTF-8', async function () {
    const bytesOf = (name: string) => Buffer.concat([Buffer.from(`${data}/`), Buffer.from(name, 'latin1')]);
    try {
      writeFileSync(bytesOf('DC_d\xff.wav'), recording(3));
      mkdirSync(bytesOf('\xe4rger'));
    } catch {
      console.error('    SKIPPED, this file system has no such names');
      this.skip();
    }
    copyFileSync(join(data, 'DC_a01.wav'), Buffer.concat([bytesOf('\xe4rger'), Buffer.from('/DC_d02.wav')]));
    const { counts, rejects } = await taken([data]);
    expect(counts.usable).to.equal(2);
    expect(rejects).to.deep.equal([
      { path: 'DC_d\uFFFD.wav', reason: 'cannot be read: its name is not in UTF-8' },
      { path: '\uFFFDrger', reason: 'cannot be read: its name is not in UTF-8' },
    ]);
  });

  it('takes a folder that mixes corpora apart by the names of the files', async () => {
    put('1001_IEO_ANG_LO.wav', recording(3));
    put('OAF_back_ps.wav', recording(4));
    const { code, stdout } = await fetch([data]);
    expect(code).to.equal(0);
    const lines = stdout.split('\n').map((line) => line.split(/ +/).slice(0, 2).join(' '));
    expect(lines.slice(1, 5)).to.deep.equal(['CREMA-D 1', 'SAVEE 2', 'TESS 1', 'all 4']);
  });

  it('opens once what is named twice, and keeps one of two copies', async () => {
    const copy = join(folder, 'copy');
    mkdirSync(copy);
    for (const name of ['DC_a01.wav', 'DC_h01.wav']) copyFileSync(join(data, name), join(copy, name));
    symlinkSync(data, join(folder, 'link'));
    const { counts, rejects } = await taken([data, `${data}/../data`, join(folder, 'link'), copy]);
    expect(counts).to.include({ files: 4, usable: 2 });
    expect(rejects).to.deep.equal([
      { path: 'data/DC_a01.wav', reason: 'is the same recording as copy/DC_a01.wav' },
      { path: 'data/DC_h01.wav', reason: 'is the same recording as copy/DC_h01.wav' },
    ]);
    const strict = await fetch([data, copy, '--max-rejected', '0%']);
    expect(strict.code, strict.stderr).to.equal(0);
  });

  /** The bytes of the download that have come. */
  async function partSize(): Promise<number | undefined> {
    const downloads = join(folder, '.ser', 'cache', 'downloads');
    const names = await readdir(downloads, { recursive: true }).catch(() => []);
    const part = names.find((name) => name.endsWith('.part'));
    return part === undefined ? undefined : (await stat(join(downloads, part))).size;
  }

  it('that was killed three times ends with the right bytes, none of them sent twice', async () => {
    const entries = Array.from({ length: 100 }, (_, index) => ({
      name: `happy/${index}.wav`,
      bytes: recording(index),
    }));
    const bytes = makeZip(entries);
    const stops = [0.2, 0.5, 0.7].map((share) => Math.floor(share * bytes.length));
    server.file('/corpus.zip', bytes, [
      ...stops.map((stop, at) => serve({ upTo: stop - (stops[at - 1] ?? 0), then: 'stall' })),
      serve(),
    ]);
    const sources = [`${server.url}/corpus.zip`, '-o', 'json'];
    for (const stop of stops) {
      const { child, ended } = startSer(['data', 'fetch', ...sources], { folder });
      while ((await partSize()) !== stop) await sleep(10);
      child.kill('SIGKILL');
      await ended;
    }
    const { code, stdout, stderr } = await fetch(sources);
    expect(code, stderr).to.equal(0);
    expect((JSON.parse(stdout) as Fetched).counts).to.include({ files: 100, usable: 100 });
    expect(server.served.get('/corpus.zip')).to.equal(bytes.length);
    expect(server.requests.map(({ headers }) => headers.range)).to.deep.equal([
      undefined,
      ...stops.map((stop) => `bytes=${stop}-`),
    ]);
    expect(existsSync(join(folder, '.ser', 'store', 'audio'))).to.equal(true);
  });
});
