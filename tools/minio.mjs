// Finds or builds a MinIO server and starts it, on loopback unless told otherwise. Tests import it;
// `node tools/minio.mjs COMMAND...` runs a command with S3_ENDPOINT, S3_ACCESS_KEY and S3_SECRET_KEY set to a server that
// lives as long as the command.
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The module proxy refuses the release tags of this module, not its commits. */
const VERSION = 'v0.0.0-20260212201848-7aac2a2c5b7c';
const MODULE = `github.com/minio/minio@${VERSION}`;
const READY_WITHIN_MS = 30_000;

const say = (line) => process.stderr.write(`minio: ${line}\n`);

/** `.ser/cache/bin` of the nearest ancestor of this repository that has a `.ser`, else of the user. */
function cacheFolder() {
  let folder = resolve(dirname(fileURLToPath(import.meta.url)), '..');
  for (; dirname(folder) !== folder; folder = dirname(folder)) {
    if (existsSync(join(folder, '.ser'))) return join(folder, '.ser', 'cache', 'bin');
  }
  return join(homedir(), '.cache', 'ser', 'bin');
}

function onPath(name) {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

export async function findMinio() {
  const installed = onPath('minio');
  if (installed) return { path: installed, source: `${installed} (PATH)` };
  const cached = join(cacheFolder(), `minio-${VERSION}`);
  if (existsSync(cached)) return { path: cached, source: `${cached} (cache)` };
  if (!onPath('go')) return { missing: 'no minio and no go on PATH, and S3_ENDPOINT is not set' };
  const failure = await build(cached);
  return failure ? { missing: failure } : { path: cached, source: `${cached} (built from ${MODULE})` };
}

/** Builds the server by Go, into a folder of its own first, so that two builds at once cannot spoil each other. */
async function build(target) {
  mkdirSync(dirname(target), { recursive: true });
  const folder = mkdtempSync(join(dirname(target), '.build-'));
  const flags = ['-trimpath', '-buildvcs=false', '-ldflags=-s -w'];
  say(`building ${MODULE} by go install, 2 to 6 minutes, once`);
  const go = spawn('go', ['install', '-v', ...flags, MODULE], {
    cwd: folder,
    env: { ...process.env, GOBIN: folder, GOFLAGS: '', CGO_ENABLED: '0' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let packages = 0;
  let lastLines = '';
  go.stderr.setEncoding('utf8').on('data', (text) => {
    packages += text.split('\n').length - 1;
    lastLines = (lastLines + text).slice(-2000);
  });
  const started = Date.now();
  const progress = setInterval(() => {
    say(`still building: ${packages} packages fetched and compiled in ${Math.round((Date.now() - started) / 1000)} s`);
  }, 20_000);
  const code = await new Promise((done) => go.on('error', () => done(1)).on('close', done));
  clearInterval(progress);
  try {
    if (code !== 0) return `go install ${MODULE} failed:\n${lastLines}`;
    renameSync(join(folder, 'minio'), target);
    say(`built in ${Math.round((Date.now() - started) / 1000)} s`);
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export async function startMinio({ dir, host = '127.0.0.1', port, accessKey, secretKey, shared = true }) {
  const { S3_ENDPOINT, S3_ACCESS_KEY, S3_SECRET_KEY } = process.env;
  if (shared && S3_ENDPOINT) {
    const nothing = () => Promise.resolve();
    const given = { endpoint: S3_ENDPOINT, accessKey: S3_ACCESS_KEY ?? '', secretKey: S3_SECRET_KEY ?? '' };
    return { ...given, source: `${S3_ENDPOINT} (S3_ENDPOINT)`, stop: nothing, kill: nothing };
  }
  const found = await findMinio();
  if ('missing' in found) throw new Error(found.missing);

  const credentials = {
    accessKey: accessKey ?? randomBytes(10).toString('hex'),
    secretKey: secretKey ?? randomBytes(20).toString('hex'),
  };
  const address = `${host}:${port ?? (await freePort(host))}`;
  mkdirSync(dir, { recursive: true });
  const server = spawn(
    found.path,
    ['server', '--quiet', '--address', address, '--certs-dir', join(dir, '.certs'), dir],
    {
      env: {
        PATH: process.env.PATH,
        HOME: dir,
        MINIO_ROOT_USER: credentials.accessKey,
        MINIO_ROOT_PASSWORD: credentials.secretKey,
        MINIO_BROWSER: 'off',
        MINIO_UPDATE: 'off',
        MINIO_CI_CD: 'on', // accepts a folder of the root disk
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let log = '';
  for (const stream of [server.stdout, server.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => (log = (log + text).slice(-4000)));
    stream.unref?.();
  }
  const ended = new Promise((done) => server.once('error', done).once('exit', done));
  const killWithParent = () => server.kill('SIGKILL');
  process.once('exit', killWithParent);
  const end = async (signal) => {
    process.removeListener('exit', killWithParent);
    server.kill(signal);
    await ended;
  };

  const endpoint = `http://${address}`;
  const ready = await Promise.race([answers(`${endpoint}/minio/health/ready`), ended.then(() => false)]);
  if (!ready) {
    await end('SIGKILL');
    throw new Error(`the MinIO server ${found.source} does not answer at ${endpoint}:\n${log}`);
  }
  return { endpoint, ...credentials, source: found.source, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') };
}

async function answers(url) {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline) {
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok) return true;
    await delay(50);
  }
  return false;
}

function freePort(host) {
  return new Promise((done, failed) => {
    const probe = createServer().once('error', failed);
    probe.listen(0, host, () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}

async function main([command, ...args]) {
  if (command === undefined) {
    say('usage: node tools/minio.mjs COMMAND [ARGUMENTS]');
    return 2;
  }
  const dir = mkdtempSync(join(tmpdir(), 'ser-minio-'));
  const server = await startMinio({ dir });
  say(`${server.endpoint} by ${server.source}`);
  try {
    const { endpoint: S3_ENDPOINT, accessKey: S3_ACCESS_KEY, secretKey: S3_SECRET_KEY } = server;
    const env = { ...process.env, S3_ENDPOINT, S3_ACCESS_KEY, S3_SECRET_KEY };
    return await new Promise((done, failed) => {
      spawn(command, args, { env, stdio: 'inherit' })
        .once('error', failed)
        .once('exit', (code) => done(code ?? 1));
    });
  } finally {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exitCode = await main(process.argv.slice(2));
