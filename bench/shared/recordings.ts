import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { SerError } from '../../core/contracts/errors.js';

/**
 * The audio files below a folder, in order of their names.
 *
 * @throws SerError `BadConfig` when there are none
 */
export function recordingsBelow(folder: string): string[] {
  const paths = existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((path) => /\.(wav|aiff?|flac)$/i.test(path))
        .sort()
        .map((path) => join(folder, path))
    : [];
  if (paths.length > 0) return paths;
  throw new SerError('BadConfig', 'there are no recordings', folder, 'Name the folder of a corpus.');
}

/** `count` of the items, evenly spread. */
export function spread<T>(items: readonly T[], count: number): T[] {
  const step = Math.max(items.length / count, 1);
  return Array.from({ length: Math.min(count, items.length) }, (_, i) => items[Math.floor(i * step)]!);
}

/** The value below which a share `p` of the (ascending) values lies. */
export function quantile(ascending: readonly number[], p: number): number {
  return ascending[Math.min(Math.floor(p * ascending.length), ascending.length - 1)] ?? NaN;
}
