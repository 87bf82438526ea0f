import type { Place } from './source.js';

const MAX_ENTRY_BYTES = 1024 ** 3;
/** Deflate makes of silence at most 1/1032; what shrinks to less than a hundredth is small or a bomb. */
const MAX_RATIO = 100;
const HARMLESS_BYTES = 64 * 1024 ** 2;

/** Whether something packed would unpack to more than any recording needs. */
export function isAbsurdExpansion(bytes: number, packedBytes: number): boolean {
  return bytes > HARMLESS_BYTES && bytes / Math.max(1, packedBytes) > MAX_RATIO;
}

export function unreadable(reason: string): Place {
  return { kind: 'unreadable', reason };
}

/** Why an entry of an archive must not be read; undefined when it may. */
export function refuseEntry(name: string, bytes: number, packedBytes: number): string | undefined {
  if (leadsOut(name)) return `its name leads out of the archive: ${name}`;
  return isAbsurdExpansion(bytes, packedBytes) || Math.max(bytes, packedBytes) > MAX_ENTRY_BYTES
    ? `would unpack to ${bytes} bytes from ${packedBytes}`
    : undefined;
}

function leadsOut(name: string): boolean {
  const parts = name.replaceAll('\\', '/').split('/');
  return parts[0] === '' || /^[A-Za-z]:/.test(name) || parts.includes('..');
}
