import { expect } from 'chai';
import { SerError } from '../../core/contracts/errors.js';

/** What `action` throws, synchronously or not: a refusal that names the file and says what is accepted. */
export async function refusalOf(action: () => unknown, name = 'a.wav'): Promise<string> {
  try {
    await action();
  } catch (error) {
    expect(error).to.be.instanceOf(SerError);
    const refusal = error as SerError;
    expect(refusal.kind).to.equal('BadInput');
    expect(refusal.subject).to.equal(name);
    expect(refusal.remedy).to.match(/WAV, AIFF, FLAC, MP3, Ogg Vorbis or Ogg Opus/);
    return refusal.what;
  }
  return expect.fail('nothing was refused');
}
