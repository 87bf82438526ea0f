// Starts everything else: installs when the lock file changed, builds when the sources changed, then runs the command.
// It has no dependencies, so it works on a fresh clone.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const LEAST_NODE = [20, 19];
const SOURCES = [
  'client',
  'worker',
  'workflows',
  'activities',
  'core',
  'tools/build.mjs',
  'tsconfig.json',
  'tsconfig.build.json',
];

const [command, ...args] = process.argv.slice(2);

checkNode();
if (existsSync(join(root, 'package-lock.json'))) {
  install();
  if (existsSync(join(root, 'node_modules', 'typescript'))) build();
}
await start();

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1])) return;
  console.error(
    `ser: needs Node.js ${LEAST_NODE.join('.')} or newer\n  in: ${process.execPath} is ${process.versions.node}\n  do: install a newer Node.js`,
  );
  process.exit(2);
}

/** `npm ci`, if the lock file is another than the one that node_modules was made from. Its `prepare` builds dist/. */
function install() {
  const modules = lstatSync(join(root, 'node_modules'), { throwIfNoEntry: false });
  if (modules?.isSymbolicLink()) return; // somebody else's folder: npm ci would empty it
  const stamp = join(root, 'node_modules', '.ser-installed');
  const lock = readFileSync(join(root, 'package-lock.json'));
  const wanted = createHash('sha256').update(lock).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  if (holdsAllOf(JSON.parse(lock).packages)) return writeFileSync(stamp, wanted); // an `npm ci` made by hand
  if (
    existsSync(join(root, 'dist', 'build-id')) &&
    existsSync(join(root, 'node_modules', '@temporalio')) &&
    !existsSync(join(root, 'node_modules', 'typescript'))
  ) {
    return; // a production install, made by hand
  }
  console.error('ser: installing dependencies (once; about a minute)');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const done = spawnSync(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (done.status !== 0) {
    console.error('ser: the installation failed\n  in: npm ci\n  do: see what npm says above');
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
}

/** Whether npm has installed what a lock file asks for; optional packages are left out where they do not fit the machine. */
function holdsAllOf({ '': _root, ...wanted }) {
  const list = join(root, 'node_modules', '.package-lock.json'); // npm writes it last
  if (!existsSync(list)) return false;
  const installed = JSON.parse(readFileSync(list, 'utf8')).packages;
  return Object.entries(wanted).every(([path, { version, optional = false }]) =>
    path in installed ? installed[path].version === version : optional,
  );
}

/** Builds dist/ if a source file is newer than the last build. */
function build() {
  const stamp = join(root, 'dist', 'build-id');
  const builtAt = existsSync(stamp) ? statSync(stamp).mtimeMs : 0;
  if (SOURCES.every((source) => newest(join(root, source)) <= builtAt)) return;
  console.error('ser: building');
  execFileSync(process.execPath, [join(root, 'tools', 'build.mjs')], { cwd: root, stdio: ['ignore', 2, 2] });
}

function newest(path) {
  const info = statSync(path);
  if (!info.isDirectory()) return path.endsWith('.wasm') ? 0 : info.mtimeMs;
  return readdirSync(path).reduce((latest, name) => Math.max(latest, newest(join(path, name))), 0);
}

async function start() {
  switch (command) {
    case 'ser':
      return runSer(args);
    case 'demo':
      return runSer(['run', '--data', 'demo', '--name', 'demo', ...args]);
    case 'test':
      return runTests(args);
    case 'bench':
      return runNode(['--import', 'tsx', join(root, 'bench', 'run.ts'), ...args]);
    default:
      console.error('usage: bootstrap.mjs ser|demo|test|bench [ARGUMENTS]');
      process.exit(2);
  }
}

async function runSer(argv) {
  const { main } = await import(pathToFileURL(join(root, 'dist', 'client', 'main.js')).href);
  process.exitCode = await main(argv);
}

/** The fast suite, or with `--full` also the files `*.full.test.ts`; other arguments go to mocha, files in place of all. */
function runTests(argv) {
  const full = argv.includes('--full');
  const rest = argv.filter((argument) => argument !== '--full');
  const files = rest.some((argument) => argument.endsWith('.ts')) ? [] : ['test/**/*.test.ts'];
  const scope = full ? [] : ['--ignore', 'test/**/*.full.test.ts'];
  runNode([join(root, 'node_modules', 'mocha', 'bin', 'mocha.js'), ...scope, ...rest, ...files]);
}

function runNode(argv) {
  const { status, signal } = spawnSync(process.execPath, argv, { cwd: root, stdio: 'inherit' });
  process.exitCode = status ?? (signal === 'SIGINT' ? 130 : 1);
}
