import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SerError } from '../../contracts/errors.js';
import { officialRecordings } from '../official.js';
import { downloadOptions, type RemoteAccess } from './access.js';
import { askJson } from './askJson.js';
import { download, type Wanted } from './download.js';
import { inLanes } from './lanes.js';
import { createMeter } from './meter.js';

const LFS_BATCH = 100;
const LANES = 8;

type LfsAction = { href: string; header?: Record<string, string> };
type LfsAnswer = {
  objects?: { oid: string; actions?: { download?: LfsAction }; error?: { message: string } }[];
};

/** Every recording by itself, from the corpus's own Git LFS, whose object ids are the recordings' hashes. */
export async function fetchCrema(batchUrl: string, folder: string, access: RemoteAccess): Promise<string> {
  const listed = access.cremaRecordings ?? (await officialRecordings());
  const recordings = listed.filter(({ corpus }) => corpus === 'CREMA-D');
  const there = await Promise.all(recordings.map(({ name }) => stat(join(folder, name)).catch(() => undefined)));
  const missing = recordings.filter((_, index) => there[index] === undefined);
  let done = recordings.length - missing.length;
  const meter = createMeter({ what: 'CREMA-D', unit: 'files' }, access.onProgress);
  for (let from = 0; from < missing.length; from += LFS_BATCH) {
    const batch = missing.slice(from, from + LFS_BATCH);
    const actions = await lfsActions(batchUrl, batch, access);
    await inLanes(LANES, batch, async ({ name, sha256, sizeBytes }) => {
      const { href, header = {} } = actions.get(sha256)!;
      const wanted: Wanted = { url: href, headers: header, sizeBytes, checksum: { algorithm: 'sha256', hex: sha256 } };
      await download(wanted, join(folder, name), downloadOptions(access));
      done += 1;
      meter({ done, total: recordings.length });
    });
  }
  return folder;
}

async function lfsActions(
  batchUrl: string,
  batch: readonly { sha256: string; sizeBytes: number; name: string }[],
  access: RemoteAccess,
): Promise<Map<string, LfsAction>> {
  const type = 'application/vnd.git-lfs+json';
  const body = JSON.stringify({
    operation: 'download',
    transfers: ['basic'],
    objects: batch.map(({ sha256, sizeBytes }) => ({ oid: sha256, size: sizeBytes })),
  });
  const request = { method: 'POST' as const, headers: { accept: type, 'content-type': type }, body };
  const { objects = [] } = await askJson<LfsAnswer>(batchUrl, request, access);
  const actions = new Map(objects.map(({ oid, actions, error }) => [oid, { action: actions?.download, error }]));
  return new Map(
    batch.map(({ sha256, name }) => {
      const { action, error } = actions.get(sha256) ?? {};
      if (action !== undefined) return [sha256, action];
      const what = `Git LFS has no address for ${name}${error === undefined ? '' : ` (${error.message})`}`;
      throw new SerError('Unreachable', what, batchUrl, 'Try again later, or take the corpus from kaggle.');
    }),
  );
}
