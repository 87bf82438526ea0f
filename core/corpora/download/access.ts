import type { S3Options } from '../../contracts/configuration.js';
import type { DownloadProgress } from '../../contracts/runs.js';
import type { OfficialRecording } from '../official.js';
import type { DownloadOptions } from './download.js';

/** Where the corpora are published. Tests hand in servers of their own. */
export type RemoteAddresses = { kaggle: string; zenodo: string; crema: string };

/** What it takes to reach remote sources; may hold credentials, so it is never logged or put into a payload. */
export type RemoteAccess = Pick<DownloadOptions, 'signal' | 'stallMs' | 'pauseMs'> & {
  /** Downloads lie below it, as long as nobody removes them. */
  cacheFolder: string;
  kaggle?: { username: string; key: string } | undefined;
  s3?: S3Options | undefined;
  addresses?: RemoteAddresses;
  /** What CREMA-D holds; the official list when left out. */
  cremaRecordings?: readonly OfficialRecording[];
  onProgress?: ((progress: DownloadProgress) => void) | undefined;
};

export function downloadOptions({ signal, stallMs, pauseMs }: RemoteAccess): DownloadOptions {
  return { signal, ...(stallMs === undefined ? {} : { stallMs }), ...(pauseMs === undefined ? {} : { pauseMs }) };
}
