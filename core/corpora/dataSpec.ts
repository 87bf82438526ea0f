import { resolve } from 'node:path';

/** What `--data` may name beside things on this disk. */
export type RemoteSpec =
  | { kind: 'kaggle' }
  | { kind: 'zenodo:ravdess' }
  | { kind: 'crema' }
  | { kind: 'url'; url: string }
  | { kind: 's3'; bucket: string; prefix: string };

/** Reads the name of a remote source; undefined for `demo` and for paths. */
export function remoteSpec(spec: string): RemoteSpec | undefined {
  if (spec === 'kaggle' || spec === 'zenodo:ravdess' || spec === 'crema') return { kind: spec };
  if (/^https?:\/\//i.test(spec)) return { kind: 'url', url: spec };
  const [, bucket, prefix = ''] = /^s3:\/\/([^/]+)(?:\/(.*))?$/.exec(spec) ?? [];
  return bucket === undefined ? undefined : { kind: 's3', bucket, prefix };
}

/** The same source seen from any folder: paths become absolute, other names stay as they are. */
export function absoluteSpec(spec: string, workingFolder: string): string {
  return spec === 'demo' || remoteSpec(spec) !== undefined ? spec : resolve(workingFolder, spec);
}
