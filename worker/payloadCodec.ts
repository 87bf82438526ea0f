import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { DataConverter, Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import { SerError } from '../core/contracts/errors.js';

const { Payload: PayloadMessage } = proto.temporal.api.common.v1;

const ENCODING = 'binary/encrypted';
const CIPHER = 'AES-256-GCM';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A key of 32 bytes, and the name under which payloads say that they need it. */
export type PayloadKey = { id: string; bytes: Uint8Array };

/**
 * Reads keys as `SER_PAYLOAD_KEY` holds them: 32 bytes each, in base64 or hexadecimal, separated by commas.
 *
 * @throws SerError `BadConfig`, without repeating any of it
 */
export function parsePayloadKeys(text: string | undefined): PayloadKey[] {
  return (text ?? '')
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
    .map((word) => {
      const bytes = Buffer.from(word, /^[0-9a-f]{64}$/i.test(word) ? 'hex' : 'base64');
      if (bytes.length !== 32) {
        const remedy = 'Make one by `openssl rand -base64 32`; several are separated by commas.';
        throw new SerError('BadConfig', 'is no key of 32 bytes in base64 or hexadecimal', 'SER_PAYLOAD_KEY', remedy);
      }
      return { id: createHash('sha256').update(bytes).digest('hex').slice(0, 16), bytes };
    });
}

/** Names the keys of a setting, first the one that encrypts; they are told to whoever sees payloads or workers. */
export function payloadKeyIds(text: string | undefined): string[] {
  return parsePayloadKeys(text).map(({ id }) => id);
}

/**
 * How values become what Temporal stores. With keys, every payload is encrypted (AES-256-GCM, the layout of Temporal's own
 * samples: nonce, ciphertext, tag), and so are the messages of failures; the first key encrypts, any of them decrypts, and
 * what was written without a key is still read. Without keys nothing is encrypted.
 */
export function dataConverterOf(keys: readonly PayloadKey[]): DataConverter {
  const failures = fileURLToPath(new URL('./encodedFailures.cjs', import.meta.url));
  return {
    payloadCodecs: [createPayloadCodec(keys)],
    ...(keys.length === 0 ? {} : { failureConverterPath: failures }),
  };
}

/** @throws SerError `BadConfig` on decoding what none of the keys encrypted */
export function createPayloadCodec(keys: readonly PayloadKey[]): PayloadCodec {
  const [first] = keys;
  return {
    encode: (payloads) =>
      Promise.resolve(first === undefined ? payloads : payloads.map((payload) => encrypt(payload, first))),
    async decode(payloads) {
      await Promise.resolve();
      return payloads.map((payload) => (textOf(payload, 'encoding') === ENCODING ? decrypt(payload, keys) : payload));
    },
  };
}

function encrypt(payload: Payload, { id, bytes }: PayloadKey): Payload {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', bytes, nonce);
  const data = [nonce, cipher.update(PayloadMessage.encode(payload).finish()), cipher.final(), cipher.getAuthTag()];
  const metadata = { encoding: ENCODING, 'encryption-cipher': CIPHER, 'encryption-key-id': id };
  return {
    metadata: Object.fromEntries(Object.entries(metadata).map(([name, text]) => [name, Buffer.from(text)])),
    data: Buffer.concat(data),
  };
}

function decrypt(payload: Payload, keys: readonly PayloadKey[]): Payload {
  const id = textOf(payload, 'encryption-key-id');
  const key = keys.find((one) => one.id === id);
  if (key === undefined) {
    const what = keys.length === 0 ? 'is encrypted, and no key is given' : 'was encrypted by another key';
    const remedy = 'Set SER_PAYLOAD_KEY to what it was where the run was started, for commands and workers alike.';
    throw new SerError('BadConfig', `what Temporal holds ${what} (key ${id})`, 'SER_PAYLOAD_KEY', remedy);
  }
  const data = Buffer.from(payload.data ?? []);
  const decipher = createDecipheriv('aes-256-gcm', key.bytes, data.subarray(0, NONCE_BYTES));
  try {
    decipher.setAuthTag(data.subarray(-TAG_BYTES));
    const plain = [decipher.update(data.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()];
    return PayloadMessage.decode(Buffer.concat(plain));
  } catch (error) {
    const what = 'an encrypted payload is damaged or was tampered with';
    throw new SerError('BadConfig', what, `key ${id}`, 'See who can write to the Temporal server.', { cause: error });
  }
}

function textOf({ metadata }: Payload, name: string): string {
  const bytes = metadata?.[name];
  return bytes == null ? '' : Buffer.from(bytes).toString('utf8');
}
