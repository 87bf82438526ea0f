import { existsSync, readFileSync } from 'node:fs';

/** What numbers or pictures depend on; each is pinned to one version. */
const NAMED = [
  '@temporalio/worker',
  '@tensorflow/tfjs-core',
  'hyparquet',
  'hyparquet-writer',
  'meyda',
  'vega',
  'vega-lite',
  '@resvg/resvg-js',
];

/** Versions of what the program stands on, by name. */
export function libraryVersions(): Record<string, string> {
  const pinned = pinnedVersions();
  return {
    node: process.versions.node,
    v8: process.versions.v8,
    platform: `${process.platform} ${process.arch}`,
    ...Object.fromEntries(NAMED.flatMap((name) => (name in pinned ? [[name, pinned[name]!]] : []))),
  };
}

/** The dependencies of the program's own `package.json`, which lies above this file in the source as in `dist/`. */
function pinnedVersions(): Record<string, string> {
  for (const folder of ['../../', '../../../']) {
    const file = new URL(`${folder}package.json`, import.meta.url);
    if (!existsSync(file)) continue;
    return (JSON.parse(readFileSync(file, 'utf8')) as { dependencies: Record<string, string> }).dependencies;
  }
  return {};
}
