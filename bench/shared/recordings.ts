import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The audio files below a folder, in order of their names. */
export function recordingsBelow(folder: string): string[] {
  if (!existsSync(folder)) throw new Error(`${folder}: there is no such folder; unpack the recordings there`);
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(wav|aiff?|flac)$/i.test(path))
    .sort()
    .map((path) => join(folder, path));
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
