import { SerError } from './errors.js';

/** Where OpenTelemetry traces go; the headers may hold credentials, so none of it is logged but the address. */
export type TraceOptions = {
  /** An http(s) address that takes OTLP as JSON, without user and password. */
  url: string;
  headers: Record<string, string>;
  /** What is told of the process beside what it knows of itself; `service.name` is always there. */
  resource: Record<string, string>;
};

/** What may name a collector. */
export type TraceSettings = {
  flag: string | undefined;
  file: string | undefined;
  /** Reads a variable of OpenTelemetry's own specification. */
  variable: (name: TraceVariable) => string | undefined;
};

/** Those of OpenTelemetry's variables that are read. */
export const TRACE_VARIABLES = [
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_HEADERS',
  'OTEL_EXPORTER_OTLP_PROTOCOL',
  'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
  'OTEL_EXPORTER_OTLP_TRACES_HEADERS',
  'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL',
  'OTEL_RESOURCE_ATTRIBUTES',
  'OTEL_SDK_DISABLED',
  'OTEL_SERVICE_NAME',
  'OTEL_TRACES_EXPORTER',
] as const;

export type TraceVariable = (typeof TRACE_VARIABLES)[number];

const PATH = 'v1/traces';

/**
 * Flag over environment over file; the environment may turn off what it or the file names, not what the flag does.
 *
 * @returns undefined when no collector is named
 * @throws SerError `BadConfig` naming what is no address
 */
export function resolveTraces({ flag, file, variable }: TraceSettings): TraceOptions | undefined {
  const protocol = variable('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL') ?? variable('OTEL_EXPORTER_OTLP_PROTOCOL');
  const off =
    variable('OTEL_SDK_DISABLED')?.toLowerCase() === 'true' ||
    variable('OTEL_TRACES_EXPORTER') === 'none' ||
    protocol === 'grpc'; // the collector of other programs: ours speak HTTP
  const [forTraces, forAll] = [variable('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'), variable('OTEL_EXPORTER_OTLP_ENDPOINT')];
  const headers = variable('OTEL_EXPORTER_OTLP_TRACES_HEADERS') ?? variable('OTEL_EXPORTER_OTLP_HEADERS');
  const attributes = variable('OTEL_RESOURCE_ATTRIBUTES');
  const service = variable('OTEL_SERVICE_NAME');

  let url: string | undefined;
  if (flag !== undefined) url = wholeAddress('--traces', flag);
  else if (off) return undefined;
  else if (forTraces !== undefined) url = wholeAddress('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', forTraces);
  else if (forAll !== undefined) url = addressBelow('OTEL_EXPORTER_OTLP_ENDPOINT', forAll);
  else if (file !== undefined) url = wholeAddress('traces', file);
  if (url === undefined) return undefined;

  const resource = { 'service.name': 'ser', ...parsePairs(attributes) };
  if (service !== undefined) resource['service.name'] = service;
  return { url, headers: parsePairs(headers), resource };
}

/** An address of traces as it is; of a collector, which has no path, with the usual one. */
function wholeAddress(subject: string, text: string): string {
  const url = parseAddress(subject, text);
  return url.pathname === '/' ? addressBelow(subject, text) : url.href;
}

function addressBelow(subject: string, text: string): string {
  const url = parseAddress(subject, text);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/${PATH}`;
  return url.href;
}

function parseAddress(subject: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && ['http:', 'https:'].includes(url.protocol) && url.username + url.password === '') return url;
  throw new SerError(
    'BadConfig',
    'is no http(s) address without user and password',
    subject,
    'It names a collector that takes OTLP over HTTP, such as http://127.0.0.1:4318; credentials go by OTEL_EXPORTER_OTLP_HEADERS.',
  );
}

/** `name=value,name=value`, values percent-encoded; what is no pair is left out. */
function parsePairs(text = ''): Record<string, string> {
  const pairs = text.split(',').map((pair) => pair.split('='));
  return Object.fromEntries(
    pairs.flatMap(([name = '', ...rest]) =>
      name.trim() === '' || rest.length === 0 ? [] : [[name.trim(), decoded(rest.join('=').trim())]],
    ),
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
