import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { EMOTIONS } from '../contracts/emotions.js';
import { SerError } from '../contracts/errors.js';
import { openDemo } from './demo/demoSource.js';
import { openFolder } from './folderSource.js';
import type { AudioSource } from './source.js';
import { openZip } from './zipSource.js';

/**
 * Opens what `--data` names: `demo`, a folder, or a .zip archive.
 *
 * @throws SerError `BadConfig` when there is no such thing, `DataRefused` when it holds no recording with a label
 */
export async function openSource(spec: string): Promise<AudioSource> {
  if (spec === 'demo') return openDemo();
  const source = await openPath(spec);
  await refuseUnlabelled(source);
  return source;
}

async function openPath(spec: string): Promise<AudioSource> {
  const path = resolve(spec);
  const info = await stat(path).catch(() => undefined);
  if (info === undefined) {
    throw new SerError(
      'BadConfig',
      'there is no such folder or archive',
      spec,
      'Name a folder, a .zip archive, or demo.',
    );
  }
  if (info.isDirectory()) return openFolder(spec, path);
  if (/\.zip$/i.test(path)) return openZip(spec, path);
  throw new SerError('BadConfig', 'is neither a folder nor a .zip archive', spec, 'Name the folder that holds it.');
}

async function refuseUnlabelled(source: AudioSource): Promise<void> {
  let count = 0;
  for await (const entry of source.entries()) {
    if (entry.facts !== undefined) return;
    count += 1;
  }
  if (count === 0) {
    throw new SerError(
      'DataRefused',
      `the ${source.kind === 'zip' ? 'archive' : 'folder'} holds no recordings`,
      source.spec,
      'Recordings are .wav, .flac, .mp3, .ogg, .opus, .aiff or .aif files; archives within folders are named one by one.',
    );
  }
  throw new SerError(
    'DataRefused',
    `none of its ${count} recordings says which emotion it holds`,
    source.spec,
    `Name files as CREMA-D, RAVDESS, TESS or SAVEE do, put them into a folder per emotion (${EMOTIONS.join(', ')}), ` +
      'or add a table labels.csv with the columns path,emotion.',
  );
}
