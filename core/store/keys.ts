import { createHash } from 'node:crypto';
import { SerError } from '../contracts/errors.js';

type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export type JsonObject = { readonly [name: string]: JsonValue };

/** Everything that decides the output of a stage. */
export type KeyParts = {
  stage: string;
  /** Of the stage, never of the whole program: changes when the stage's output would. */
  version: number;
  /** Keys of the stages and hashes of the files that it reads. */
  inputs: JsonObject;
  /** Options and seeds. */
  parameters: JsonObject;
};

/**
 * The one JSON text of a value: names sorted by UTF-16 code unit, no white space, numbers and strings as ECMAScript
 * writes them (the scheme of RFC 8785).
 *
 * @throws SerError `BadConfig` for what JSON cannot say: undefined, NaN, infinities, functions, other objects
 */
export function canonicalJson(value: unknown): string {
  return write(value, '$');
}

function write(value: unknown, path: string): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item, index) => write(item, `${path}[${index}]`)).join(',')}]`;
  if (isPlainObject(value)) {
    const members = Object.keys(value)
      .sort()
      .map((name) => `${JSON.stringify(name)}:${write(value[name], `${path}.${name}`)}`);
    return `{${members.join(',')}}`;
  }
  throw new SerError(
    'BadConfig',
    `a value of type ${typeof value} that JSON cannot say`,
    path,
    'Use finite numbers and plain data.',
  );
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** SHA-256, hexadecimal. */
export function sha256Of(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The key of a stage's output: the same parts give the same key on every machine. */
export function keyOf({ stage, version, inputs, parameters }: KeyParts): string {
  return sha256Of(canonicalJson({ stage, version, inputs, parameters }));
}
