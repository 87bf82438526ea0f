// Builds dist/: WebAssembly kernels, TypeScript, the workflow bundle. `npm ci` runs it as `prepare`.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const only = process.argv[2];

if (!existsSync(join(root, 'node_modules', 'typescript'))) {
  if (existsSync(join(root, 'dist', 'client', 'main.js'))) process.exit(0); // a production install over a built dist/
  console.error('build: the development dependencies are missing; run `npm ci` without --omit=dev once');
  process.exit(1);
}

const run = (bin, ...args) =>
  execFileSync(process.execPath, [join(root, 'node_modules', bin), ...args], { cwd: root, stdio: 'inherit' });

/** Every `core/.../assembly/NAME.ts` becomes `core/.../NAME.wasm` beside its folder, and the same below dist/. */
function assemblyEntries(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (!entry.isDirectory()) return [];
    if (entry.name !== 'assembly') return assemblyEntries(path);
    return readdirSync(path)
      .filter((name) => name.endsWith('.ts') && !name.startsWith('_'))
      .map((name) => ({ source: join(path, name), wasm: join(folder, name.replace(/\.ts$/, '.wasm')) }));
  });
}

function buildKernels() {
  for (const { source, wasm } of assemblyEntries(join(root, 'core'))) {
    const newest = Math.max(
      ...readdirSync(dirname(source)).map((name) => statSync(join(dirname(source), name)).mtimeMs),
    );
    if (!existsSync(wasm) || statSync(wasm).mtimeMs < newest) {
      run(
        'assemblyscript/bin/asc.js',
        relative(root, source),
        '--outFile',
        relative(root, wasm),
        '-O3',
        '--noAssert',
        '--runtime',
        'stub',
        '--enable',
        'simd',
      );
    }
    const copy = join(root, 'dist', relative(root, wasm));
    mkdirSync(dirname(copy), { recursive: true });
    cpSync(wasm, copy);
  }
}

/** What a library reads at run time (fonts, style sheets, tables) lies beside it in dist/ as in the source. */
function copyAssets() {
  cpSync(join(root, 'core'), join(root, 'dist', 'core'), {
    recursive: true,
    filter: (path) => !path.endsWith('.ts') && !path.endsWith('.wasm') && !/[/\\]assembly$/.test(path),
  });
}

async function buildWorkflowBundle() {
  const { bundleWorkflowCode } = await import('@temporalio/worker');
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(root, 'dist', 'workflows', 'index.js'),
    logger: { log() {}, trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error },
  });
  writeFileSync(join(root, 'dist', 'workflow-bundle.js'), code);
}

if (only === undefined) rmSync(join(root, 'dist'), { recursive: true, force: true });
buildKernels();
if (only !== 'wasm') {
  copyAssets();
  run('typescript/bin/tsc', '-p', 'tsconfig.build.json');
  if (existsSync(join(root, 'dist', 'workflows', 'index.js'))) await buildWorkflowBundle();
}
