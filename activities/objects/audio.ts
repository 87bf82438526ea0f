import type { Utterance } from '../../core/contracts/utterance.js';

/** Where a recording lies in the store: under its hash, with the extension of its name. */
export function audioKey({ sha256, path }: Pick<Utterance, 'sha256' | 'path'>): string {
  const extension = /\.([a-z0-9]{1,5})$/i.exec(path)?.[1]?.toLowerCase() ?? 'bin';
  return `audio/${sha256}.${extension}`;
}
