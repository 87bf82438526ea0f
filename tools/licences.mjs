// The licences of everything that `npm ci` installs. `npm run licences` fails on one that is neither permissive nor weak
// copyleft, and when docs/licences.md is not what it would write; `npm run licences -- --write` writes it.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

const PERMISSIVE = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'CC-BY-3.0',
  'CC-BY-4.0', // tables of data
  'ISC',
  'MIT',
  'Python-2.0',
  'Unlicense',
  'Zlib',
];
const WEAK_COPYLEFT = ['LGPL-2.1-or-later', 'LGPL-3.0-or-later', 'LGPL-3.0', 'MPL-2.0'];

/** What packages say in their files and not in their metadata. */
const STATED_ELSEWHERE = { unionfs: 'Unlicense' };

/** Whether an SPDX expression lets somebody pass the program on under its own licence. */
export function isAcceptable(expression) {
  const words = expression.replace(/[()]/g, ' ');
  return words.split(/ OR /).some((alternative) =>
    alternative.split(/ AND /).every((part) => {
      const licence = part.trim().replace(/ WITH .*/, '');
      return PERMISSIVE.includes(licence) || WEAK_COPYLEFT.includes(licence);
    }),
  );
}

/**
 * Every package of a lock file with its licence, and whether only development needs it. Binaries for other systems, of
 * which the lock file tells no licence, have that of the package which brings them.
 */
export function licencesOf(lock, installedLicence) {
  const places = Object.entries(lock.packages).filter(([place]) => place !== '');
  const broughtBy = new Map();
  for (const [, entry] of places) {
    for (const name of Object.keys(entry.optionalDependencies ?? {})) broughtBy.set(name, entry);
  }
  const found = new Map();
  for (const [place, entry] of places) {
    const name = place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const licence =
      entry.license ?? STATED_ELSEWHERE[name] ?? broughtBy.get(name)?.license ?? installedLicence(place) ?? 'unknown';
    const earlier = found.get(`${name} ${licence}`);
    found.set(`${name} ${licence}`, { name, licence, dev: entry.dev === true && earlier?.dev !== false });
  }
  return [...found.values()].sort((a, b) => (`${a.name} ${a.licence}` < `${b.name} ${b.licence}` ? -1 : 1));
}

function installedLicence(place) {
  const file = join(root, place, 'package.json');
  if (!existsSync(file)) return undefined;
  const { license, licenses } = JSON.parse(readFileSync(file, 'utf8'));
  if (Array.isArray(licenses)) return licenses.map(({ type }) => type).join(' OR ');
  return typeof license === 'object' ? license.type : license;
}

export function licencesPage(packages) {
  const runtime = packages.filter(({ dev }) => !dev);
  const byLicence = groupBy(runtime);
  const sections = [...byLicence]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([licence, ones]) => {
      const names = ones.map(({ name }) => `\`${name}\``).join(', ');
      return `## ${licence} (${ones.length})\n\n${names}\n`;
    });
  const weak = runtime.filter(({ licence }) => WEAK_COPYLEFT.some((one) => licence.includes(one)));
  return [
    '# Licences of what the program is made of',
    '',
    'Written by `npm run licences -- --write` from `package-lock.json`: what `npm ci --omit=dev` may install, on any system.',
    `${weak.length} of ${runtime.length} packages are under weak copyleft; they are used as they are published, as packages of their`,
    'own that anybody may replace.',
    '',
    ...sections,
  ].join('\n');
}

function groupBy(packages) {
  const groups = new Map();
  for (const one of packages) groups.set(one.licence, [...(groups.get(one.licence) ?? []), one]);
  return groups;
}

function main([option]) {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const packages = licencesOf(lock, installedLicence);
  const refused = packages.filter(({ licence }) => !isAcceptable(licence));
  for (const { name, licence, dev } of refused) {
    console.error(`licences: ${name}${dev ? ' (development)' : ''}: ${licence}`);
  }
  const file = join(root, 'docs', 'licences.md');
  const page = licencesPage(packages);
  if (option === '--write') writeFileSync(file, page);
  const current = existsSync(file) && readFileSync(file, 'utf8') === page;
  if (!current) console.error('licences: docs/licences.md is not up to date; `npm run licences -- --write` writes it');
  const runtime = packages.filter(({ dev }) => !dev).length;
  console.log(`${packages.length} packages, ${runtime} of them at run time; ${refused.length} refused`);
  return refused.length > 0 || !current ? 1 : 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exitCode = main(process.argv.slice(2));
