// Builds dist/: WebAssembly kernels, TypeScript, the workflow bundle. `npm ci` runs it as `prepare`.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
/** Built aside and put in place at the end, so that a program that runs from dist/ never sees half of it. */
const next = join(root, 'dist.next');

if (!existsSync(join(root, 'node_modules', 'typescript'))) {
  if (existsSync(join(root, 'dist', 'client', 'main.js'))) process.exit(0); // a production install over a built dist/
  console.error('build: the development dependencies are missing; run `npm ci` without --omit=dev once');
  process.exit(1);
}

const run = (bin, ...args) =>
  execFileSync(process.execPath, [join(root, 'node_modules', bin), ...args], { cwd: root, stdio: 'inherit' });

/** Every `core/.../assembly/NAME.ts` becomes `core/.../NAME.wasm` beside its folder. */
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

/** Modules may share helpers, also those of another library, so that a change in one source makes all of them anew. */
function buildKernels() {
  const entries = assemblyEntries(join(root, 'core'));
  const sources = [...new Set(entries.map(({ source }) => dirname(source)))].flatMap((folder) =>
    readdirSync(folder).map((name) => join(folder, name)),
  );
  const newest = Math.max(...sources.map((path) => statSync(path).mtimeMs));
  for (const { source, wasm } of entries) {
    if (existsSync(wasm) && statSync(wasm).mtimeMs >= newest) continue;
    const names = [source, '--outFile', wasm].map((path) => (path.startsWith('-') ? path : relative(root, path)));
    // 112 warns of vectors in the signatures of functions that files share; none of them leaves a module.
    const options = ['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd', '--disableWarning', '112'];
    run('assemblyscript/bin/asc.js', ...names, ...options);
  }
}

/** What a library reads at run time (kernels, fonts, style sheets, tables) lies beside it in dist/ as in the source. */
function copyAssets() {
  cpSync(join(root, 'client/serve/page'), join(next, 'client/serve/page'), { recursive: true });
  cpSync(join(root, 'core'), join(next, 'core'), {
    recursive: true,
    filter: (path) => !path.endsWith('.ts') && !/[/\\]assembly$/.test(path),
  });
  cpSync(join(root, 'worker', 'encodedFailures.cjs'), join(next, 'worker', 'encodedFailures.cjs'));
}

/** The workflows as they are, with failures encoded for payloads that are encrypted, handing traces on, and with both. */
async function buildWorkflowBundles() {
  const { bundleWorkflowCode } = await import('@temporalio/worker');
  const bundle = async (name, options) => {
    const { code } = await bundleWorkflowCode({
      workflowsPath: join(next, 'workflows', 'index.js'),
      logger: { log() {}, trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error },
      ...options,
    });
    writeFileSync(join(next, name), code);
  };
  const encoded = { failureConverterPath: join(next, 'worker', 'encodedFailures.cjs') };
  const traced = { workflowInterceptorModules: [join(next, 'workflows', 'tracing.js')] };
  await bundle('workflow-bundle.js', {});
  await bundle('workflow-bundle-encoded.js', encoded);
  await bundle('workflow-bundle-traced.js', traced);
  await bundle('workflow-bundle-encoded-traced.js', { ...encoded, ...traced });
}

/** A name for this very build: a running worker of another one is told apart by it. */
function writeBuildId() {
  const hash = createHash('sha256');
  for (const path of readdirSync(next, { recursive: true, withFileTypes: true })) {
    if (path.isFile()) hash.update(readFileSync(join(path.parentPath, path.name)));
  }
  writeFileSync(join(next, 'build-id'), hash.digest('hex').slice(0, 16) + '\n');
}

buildKernels();
if (process.argv[2] !== 'wasm') {
  rmSync(next, { recursive: true, force: true });
  run('typescript/bin/tsc', '-p', 'tsconfig.build.json', '--outDir', relative(root, next));
  copyAssets();
  await buildWorkflowBundles();
  writeBuildId();
  rmSync(dist, { recursive: true, force: true });
  renameSync(next, dist);
}
