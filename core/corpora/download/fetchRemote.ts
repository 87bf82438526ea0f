import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { SerError } from '../../contracts/errors.js';
import type { RemoteSpec } from '../dataSpec.js';
import { downloadOptions, type RemoteAccess, type RemoteAddresses } from './access.js';
import { askJson } from './askJson.js';
import { fetchBucket } from './bucket.js';
import { fetchCrema } from './crema.js';
import { download, type Wanted } from './download.js';
import { createMeter } from './meter.js';

const ADDRESSES: RemoteAddresses = {
  kaggle: 'https://www.kaggle.com/api/v1/datasets/download/dmitrybabko/speech-emotion-recognition-en',
  zenodo: 'https://zenodo.org/api/records/1188976',
  crema: 'https://github.com/CheyneyComputerScience/CREMA-D.git/info/lfs/objects/batch',
};

/**
 * Fetches a remote source into the cache; what is there is not fetched again.
 *
 * @returns the path of an archive or a folder
 */
export async function fetchRemote(spec: RemoteSpec, access: RemoteAccess): Promise<string> {
  const addresses = access.addresses ?? ADDRESSES;
  const folder = join(access.cacheFolder, 'downloads');
  switch (spec.kind) {
    case 'kaggle': {
      const { kaggle } = access;
      const login = kaggle && Buffer.from(`${kaggle.username}:${kaggle.key}`).toString('base64');
      const headers = login === undefined ? {} : { authorization: `Basic ${login}` };
      return fetchArchive(
        { url: addresses.kaggle, headers },
        join(folder, 'kaggle', 'speech-emotion-recognition-en.zip'),
        access,
      );
    }
    case 'zenodo:ravdess': {
      const target = join(folder, 'zenodo', RAVDESS_ARCHIVE);
      return fetchArchive(() => zenodoFile(addresses.zenodo, access), target, access);
    }
    case 'crema':
      return fetchCrema(addresses.crema, join(folder, 'crema-d'), access);
    case 'url': {
      const mark = createHash('sha256').update(spec.url).digest('hex').slice(0, 12);
      const name = decodeURIComponent(basename(new URL(spec.url).pathname)) || 'archive';
      return fetchArchive({ url: spec.url }, join(folder, mark, name.replaceAll(/[^\w.+-]/g, '_')), access);
    }
    case 's3':
      return fetchBucket(spec, folder, access);
  }
}

async function fetchArchive(
  wanted: Wanted | (() => Promise<Wanted>),
  target: string,
  access: RemoteAccess,
): Promise<string> {
  if (await stat(target).catch(() => undefined)) return target;
  const meter = createMeter({ what: basename(target), unit: 'bytes' }, access.onProgress);
  await download(typeof wanted === 'function' ? await wanted() : wanted, target, {
    ...downloadOptions(access),
    onProgress: ({ bytes, totalBytes = 0, note }) =>
      meter({ done: bytes, total: totalBytes, ...(note === undefined ? {} : { note }) }),
  });
  return target;
}

const RAVDESS_ARCHIVE = 'Audio_Speech_Actors_01-24.zip';

type ZenodoRecord = { files?: { key: string; size: number; checksum: string; links: { self: string } }[] };

/** Address, size and MD5 of the archive, from the record's own metadata. */
async function zenodoFile(record: string, access: RemoteAccess): Promise<Wanted> {
  const { files } = await askJson<ZenodoRecord>(record, { headers: { accept: 'application/json' } }, access);
  const file = files?.find(({ key }) => key === RAVDESS_ARCHIVE);
  const md5 = /^md5:([0-9a-f]{32})$/.exec(file?.checksum ?? '')?.[1];
  if (file === undefined || md5 === undefined) {
    throw new SerError(
      'Unreachable',
      `the record lists no ${RAVDESS_ARCHIVE} with its MD5`,
      record,
      'Try again later.',
    );
  }
  return { url: file.links.self, sizeBytes: file.size, checksum: { algorithm: 'md5', hex: md5 } };
}
