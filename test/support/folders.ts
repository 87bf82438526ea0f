import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findHome, type Home } from '../../worker/home.js';
import { atEnd } from './atEnd.js';

/** The root of this checkout. */
export const repository = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** A new empty folder, removed when all tests are over. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ser-test-'));
  atEnd(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** A project of its own: a folder with a `.ser`, which shares nothing but the downloaded programs with the checkout. */
export function scratchHome(): Home {
  const folder = scratchFolder();
  const cache = join(repository, '.ser', 'cache');
  mkdirSync(cache, { recursive: true });
  mkdirSync(join(folder, '.ser'));
  symlinkSync(cache, join(folder, '.ser', 'cache'));
  return findHome(folder);
}
