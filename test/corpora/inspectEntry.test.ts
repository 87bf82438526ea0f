import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { inspectAudio } from '../../core/audio/inspectAudio.js';
import { SerError } from '../../core/contracts/errors.js';
import type { Utterance } from '../../core/contracts/utterance.js';
import { encodeWav } from '../../core/corpora/demo/wav.js';
import { recogniseName } from '../../core/corpora/grammars.js';
import { type MeasuredEntry, measureEntry, utteranceOf } from '../../core/corpora/inspectEntry.js';
import type { SourceEntry } from '../../core/corpora/source.js';

const tone = (amplitude: number): Uint8Array =>
  encodeWav(
    Float64Array.from({ length: 8000 }, (_, n) => amplitude * Math.sin(n / 5)),
    16_000,
    44,
  );

function entry(path: string, bytes: Uint8Array): SourceEntry {
  return {
    path,
    sizeBytes: bytes.length,
    facts: recogniseName(path),
    place: { kind: 'unreadable', reason: 'never read' },
  };
}

async function inspect(
  path: string,
  bytes: Uint8Array,
  read: () => Promise<Uint8Array> = () => Promise.resolve(bytes),
): Promise<MeasuredEntry & { utterance: Utterance }> {
  const measured = await measureEntry(entry(path, bytes), inspectAudio, read);
  return { ...measured, utterance: utteranceOf(entry(path, bytes), measured.measured) };
}

describe('measuring an entry', () => {
  it('makes a row of a recording: its name, its hash and what its samples say', async () => {
    const bytes = tone(0.5);
    const inspected = await inspect('SAVEE/DC_a01.wav', bytes);
    expect(inspected.bytes).to.equal(bytes);
    const { peak, rms, ...row } = inspected.utterance;
    expect(peak).to.be.closeTo(0.5, 1e-4);
    expect(rms).to.be.closeTo(0.5 / Math.SQRT2, 1e-2);
    expect(row).to.deep.equal({
      corpus: 'SAVEE',
      emotion: 'angry',
      code: 'a',
      speaker: 'SAVEE-DC',
      sex: 'male',
      sentence: 'a01',
      intensity: '',
      take: '',
      split: '',
      sampleRate: 16_000,
      channels: 1,
      durationSeconds: 0.5,
      container: 'wav',
      clippedShare: 0,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      path: 'SAVEE/DC_a01.wav',
      sizeBytes: 16_044,
      status: 'ok',
      reason: '',
    });
  });

  it('rejects with a reason what cannot be used, and keeps hash and label', async () => {
    const whole = tone(0.5);
    const cases: [path: string, bytes: Uint8Array, reason: RegExp][] = [
      ['DC_a01.wav', Buffer.from('these are the lyrics, not the song'), /./],
      ['DC_a01.wav', new Uint8Array(0), /^is empty$/],
      ['DC_a01.wav', whole.subarray(0, 9000), /before its header says/],
      ['DC_a01.wav', tone(0), /silen/],
      ['DC_a01.wav', tone(1 / 32768), /^is silent/],
      ['take1.wav', whole, /tells its emotion$/],
      ['03-02-05-01-02-02-12.wav', whole, /song/],
    ];
    for (const [path, bytes, reason] of cases) {
      const { utterance } = await inspect(path, bytes);
      expect(utterance, path).to.include({ status: 'rejected', path, emotion: recogniseName(path)?.emotion ?? '' });
      expect(utterance.sha256).to.equal(createHash('sha256').update(bytes).digest('hex'));
      expect(utterance.reason).to.match(reason);
      expect(utterance.reason).not.to.contain('\n');
    }
  });

  it('rejects without bytes what cannot be read', async () => {
    const read = (): Promise<never> =>
      Promise.reject(new SerError('BadInput', 'cannot be read: permission denied', 'x'));
    const inspected = await inspect('DC_a01.wav', new Uint8Array(9), read);
    expect(inspected).not.to.have.property('bytes');
    expect(inspected.utterance).to.include({
      status: 'rejected',
      reason: 'cannot be read: permission denied',
      sha256: '',
    });
  });

  it('hands on failures that are not the file’s', async () => {
    const lost = new SerError('StoreUnavailable', 'the store does not answer');
    const failing = inspect('DC_a01.wav', tone(1), () => Promise.reject(lost));
    await failing.then(
      () => expect.fail('it did not fail'),
      (error: unknown) => expect(error).to.equal(lost),
    );
  });
});
