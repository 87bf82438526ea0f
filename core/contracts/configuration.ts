import { z } from 'zod';
import { SerError } from './errors.js';
import { resolveTraces, TRACE_VARIABLES, type TraceOptions } from './traces.js';

/** Every variable the program reads, apart from the Temporal SDK's own TLS and profile ones. */
export const ENVIRONMENT_VARIABLES = [
  'SER_STORE',
  'SER_WEBHOOK_KEY',
  'SER_PAYLOAD_KEY',
  'TEMPORAL_ADDRESS',
  'TEMPORAL_NAMESPACE',
  'TEMPORAL_API_KEY',
  'S3_ENDPOINT',
  'S3_ACCESS_KEY',
  'S3_SECRET_KEY',
  'S3_SESSION_TOKEN',
  'S3_REGION',
  'KAGGLE_USERNAME',
  'KAGGLE_KEY',
  'NO_COLOR',
  ...TRACE_VARIABLES,
] as const;

/** Environment variables by name, as `process.env` holds them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What it takes to open a store; may hold credentials, so it is never logged or put into a payload. */
export type StoreOptions = {
  /** A path, `file:/path` or `s3://bucket/prefix`. */
  url: string;
  s3?: S3Options;
};

export type S3Options = {
  /** `http://127.0.0.1:9000`, `https://s3.eu-central-1.amazonaws.com`. */
  endpoint?: string;
  accessKey?: string;
  secretKey?: string;
  /** Comes with temporary credentials. */
  sessionToken?: string;
  /** Default `us-east-1`. */
  region?: string;
};

export type Configuration = {
  store: StoreOptions;
  temporal: { address?: string | undefined; namespace: string };
  /** Threads for signal processing and training; 0 means one per core. */
  threads: number;
  /** Credentials; public data sets need none. */
  kaggle?: { username: string; key: string };
  /** What messages to webhooks are signed with; a credential. */
  webhookKey?: string;
  /** What Temporal's payloads are encrypted with, as text; a credential. */
  payloadKeys?: string;
  /** Where traces go; nowhere when left out. */
  traces?: TraceOptions;
};

const fileSchema = z.strictObject({
  store: z.string().min(1).optional(),
  s3: z.strictObject({ endpoint: z.string().optional(), region: z.string().optional() }).optional(),
  temporal: z.strictObject({ address: z.string().optional(), namespace: z.string().optional() }).optional(),
  threads: z.int().min(0).max(1024).optional(),
  traces: z.string().optional(),
});

/** What the command line may set; each wins over environment and file. */
export type ConfigurationFlags = {
  store?: string | undefined;
  address?: string | undefined;
  namespace?: string | undefined;
  threads?: number | undefined;
  traces?: string | undefined;
};

/**
 * Flags over environment over `ser.config.json` over defaults.
 *
 * @param file the parsed content of `ser.config.json`; undefined when there is none
 * @param defaultStore where objects go when nobody says: the folder `store` of the nearest `.ser`
 * @throws SerError `BadConfig` naming the setting of the file that is wrong
 */
export function resolveConfiguration(
  flags: ConfigurationFlags,
  environment: Environment,
  file: unknown,
  defaultStore: string,
): Configuration {
  const parsed = fileSchema.safeParse(file ?? {});
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new SerError(
      'BadConfig',
      issue === undefined ? 'is not valid' : `${[...issue.path, ''].join('.')} ${issue.message}`.replace('. ', ': '),
      'ser.config.json',
      'It may hold store, s3 {endpoint, region}, temporal {address, namespace}, threads and traces; credentials belong in the environment.',
    );
  }
  const settings = parsed.data;
  const variable = (name: (typeof ENVIRONMENT_VARIABLES)[number]): string | undefined => environment[name] || undefined;
  const webhookKey = variable('SER_WEBHOOK_KEY');
  const payloadKeys = variable('SER_PAYLOAD_KEY');
  const traces = resolveTraces({ flag: flags.traces, file: settings.traces, variable });
  const [username, key] = [variable('KAGGLE_USERNAME'), variable('KAGGLE_KEY')];
  return {
    ...(username === undefined || key === undefined ? {} : { kaggle: { username, key } }),
    store: {
      url: flags.store ?? variable('SER_STORE') ?? settings.store ?? defaultStore,
      s3: withoutUndefined({
        endpoint: variable('S3_ENDPOINT') ?? settings.s3?.endpoint,
        accessKey: variable('S3_ACCESS_KEY'),
        secretKey: variable('S3_SECRET_KEY'),
        sessionToken: variable('S3_SESSION_TOKEN'),
        region: variable('S3_REGION') ?? settings.s3?.region,
      }),
    },
    temporal: {
      address: flags.address ?? variable('TEMPORAL_ADDRESS') ?? settings.temporal?.address,
      namespace: flags.namespace ?? variable('TEMPORAL_NAMESPACE') ?? settings.temporal?.namespace ?? 'default',
    },
    threads: flags.threads ?? settings.threads ?? 0,
    ...(webhookKey === undefined ? {} : { webhookKey }),
    ...(payloadKeys === undefined ? {} : { payloadKeys }),
    ...(traces === undefined ? {} : { traces }),
  };
}

function withoutUndefined(options: { [name in keyof S3Options]: string | undefined }): S3Options {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
