import { createCipheriv, randomBytes } from 'node:crypto';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import proto from '@temporalio/proto';
import { expect } from 'chai';
import fc from 'fast-check';
import { createPayloadCodec, dataConverterOf, parsePayloadKeys } from '../../worker/payloadCodec.js';
import { failureOf } from '../support/failureOf.js';

const KEY = randomBytes(32).toString('base64');
const OTHER = randomBytes(32).toString('hex');
const codecOf = (text?: string) => createPayloadCodec(parsePayloadKeys(text));
const payloadOf = (value: unknown): Payload => defaultPayloadConverter.toPayload(value);
const valueOf = (payload: Payload | undefined): unknown => defaultPayloadConverter.fromPayload(payload!);
const textOf = (bytes: Uint8Array | null | undefined): string => Buffer.from(bytes ?? []).toString('latin1');

describe('the codec of payloads', () => {
  it('gives back what it was given, and shows none of it meanwhile', async () => {
    const codec = codecOf(KEY);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.json({ maxDepth: 2 }).filter((text) => text.length > 3)), async (values) => {
        const encoded = await codec.encode(values.map(payloadOf));
        for (const [index, { data, metadata }] of encoded.entries()) {
          expect(textOf(data)).to.not.contain(JSON.stringify(values[index]));
          expect(textOf(metadata!['encoding'])).to.equal('binary/encrypted');
        }
        expect((await codec.decode(encoded)).map(valueOf)).to.deep.equal(values);
      }),
      { numRuns: 50 },
    );
  });

  it('encrypts the same value otherwise each time', async () => {
    const [one, two] = await codecOf(KEY).encode([payloadOf('same'), payloadOf('same')]);
    expect(textOf(one!.data)).not.to.equal(textOf(two!.data));
  });

  it('names the key without giving it away', async () => {
    const [payload] = await codecOf(KEY).encode([payloadOf(1)]);
    const id = textOf(payload!.metadata!['encryption-key-id']);
    expect(id).to.match(/^[0-9a-f]{16}$/);
    expect(Buffer.from(KEY, 'base64').toString('hex')).to.not.contain(id);
    const [other] = await codecOf(OTHER).encode([payloadOf(1)]);
    expect(textOf(other!.metadata!['encryption-key-id'])).not.to.equal(id);
  });

  it('has the layout of Temporal’s samples: nonce, ciphertext and tag around the message', async () => {
    const plain = proto.temporal.api.common.v1.Payload.encode(payloadOf('from elsewhere')).finish();
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', Buffer.from(KEY, 'base64'), nonce);
    const data = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    const [mine] = await codecOf(KEY).encode([payloadOf(1)]);
    const [decoded] = await codecOf(KEY).decode([{ metadata: mine!.metadata!, data }]);
    expect(valueOf(decoded)).to.equal('from elsewhere');
  });

  it('reads by any of several keys, writes by the first, and reads what was written without one', async () => {
    const [old] = await codecOf(OTHER).encode([payloadOf('old')]);
    const both = codecOf(`${KEY}, ${OTHER}`);
    expect((await both.decode([old!, payloadOf('plain')])).map(valueOf)).to.deep.equal(['old', 'plain']);
    expect((await codecOf(KEY).decode(await both.encode([payloadOf('new')]))).map(valueOf)).to.deep.equal(['new']);
  });

  it('changes nothing without a key', async () => {
    const payloads = [payloadOf('plain')];
    expect(await codecOf().encode(payloads)).to.equal(payloads);
    expect(dataConverterOf([])).to.not.have.property('failureConverterPath');
  });

  it('says that a key is missing, that it is another one, and that bytes were changed', async () => {
    const encoded = await codecOf(KEY).encode([payloadOf('secret')]);
    const missing = await failureOf(() => codecOf().decode(encoded));
    expect(missing).to.include({ kind: 'BadConfig', subject: 'SER_PAYLOAD_KEY' });
    expect(missing.what).to.match(/^what Temporal holds is encrypted, and no key is given \(key [0-9a-f]{16}\)$/);
    const wrong = await failureOf(() => codecOf(OTHER).decode(encoded));
    expect(wrong.what).to.match(/^what Temporal holds was encrypted by another key \(key [0-9a-f]{16}\)$/);
    const { metadata, data } = encoded[0]!;
    for (const at of [0, 14, data!.length - 1]) {
      const changed = Buffer.from(data!);
      changed[at]! ^= 1;
      const failure = await failureOf(() => codecOf(KEY).decode([{ metadata: metadata!, data: changed }]));
      expect(failure.what).to.equal('an encrypted payload is damaged or was tampered with');
    }
  });

  it('refuses a key that is none, without repeating it', async () => {
    for (const text of ['too-short-a-secret', `${KEY},too-short-a-secret`, randomBytes(16).toString('hex')]) {
      const failure = await failureOf(() => parsePayloadKeys(text));
      expect(failure).to.include({ kind: 'BadConfig', subject: 'SER_PAYLOAD_KEY' });
      expect(`${failure.message} ${failure.remedy}`).to.not.contain('too-short').and.not.contain(text);
    }
  });
});
