// A bill of materials (CycloneDX) of what `npm ci --omit=dev` may install, to stdout. npm's own `--omit dev` leaves out
// whatever a development package needs as well, so that everything is asked for and filtered here by the lock file.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
const atRunTime = new Set(
  Object.entries(lock.packages)
    .filter(([place, { dev }]) => place !== '' && dev !== true)
    .map(([place, { version }]) => `${place.slice(place.lastIndexOf('node_modules/') + 13)}@${version}`),
);

const all = ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx', '--sbom-type', 'application'];
const bom = JSON.parse(
  execFileSync('npm', all, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28, stdio: ['ignore', 'pipe', 'ignore'] }),
);
const itself = bom.metadata.component['bom-ref'];
const nameOf = ({ purl }) => decodeURIComponent(purl.slice('pkg:npm/'.length).split('?')[0]);
bom.components = bom.components.filter((component) => atRunTime.has(nameOf(component)));
const kept = new Set([itself, ...bom.components.map((component) => component['bom-ref'])]);
bom.dependencies = bom.dependencies
  .filter(({ ref }) => kept.has(ref))
  .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((one) => kept.has(one)) }));
console.log(JSON.stringify(bom, null, 2));
