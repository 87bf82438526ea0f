import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { listRecordings } from '../../../client/recordingList.js';
import { failureOf } from '../../support/failureOf.js';
import { scratchFolder } from '../../support/folders.js';

describe('the recordings that a command line names', () => {
  let folder: string;

  before(() => {
    folder = scratchFolder();
    mkdirSync(join(folder, 'calls', 'may'), { recursive: true });
    for (const name of ['b.wav', 'a1.flac', 'a2.WAV', 'notes.txt', 'may/c.mp3']) {
      writeFileSync(join(folder, 'calls', name), '');
    }
    writeFileSync(join(folder, 'calls', '[x].wav'), '');
    writeFileSync(join(folder, 'list.csv'), 'speaker,file\n1,calls/b.wav\n2,gone.wav\n');
    writeFileSync(join(folder, 'calls', 'bare.csv'), 'may/c.mp3\n/tmp/d.wav\n');
  });

  const named = (...words: string[]) => listRecordings(words, folder);

  it('are files as they are, folders with everything below them, and standard input', async () => {
    expect(await named('calls/notes.txt', '-', 'calls/may')).to.deep.equal(['calls/notes.txt', '-', 'calls/may/c.mp3']);
    expect(await named('calls')).to.have.length(5);
  });

  it('are what a pattern matches, in a stable order', async () => {
    expect(await named('calls/*.wav')).to.deep.equal(['calls/[x].wav', 'calls/b.wav']);
    expect(await named('calls/a?.*')).to.deep.equal(['calls/a1.flac', 'calls/a2.WAV']);
    expect(await named('calls/[ab]*')).to.deep.equal(['calls/a1.flac', 'calls/a2.WAV', 'calls/b.wav']);
    expect(await named('**/c.*')).to.deep.equal(['calls/may/c.mp3']);
    expect(await named('ca*/may/*.mp3')).to.deep.equal(['calls/may/c.mp3']);
  });

  it('are each below a folder once, whatever links lead back to it, and links to nothing are named', async () => {
    mkdirSync(join(folder, 'circle', 'inner'), { recursive: true });
    writeFileSync(join(folder, 'circle', 'inner', 'a.wav'), '');
    symlinkSync('..', join(folder, 'circle', 'inner', 'up'));
    symlinkSync('nowhere', join(folder, 'circle', 'gone.wav'));
    symlinkSync('self.wav', join(folder, 'circle', 'self.wav'));
    const files = ['circle/gone.wav', 'circle/inner/a.wav', 'circle/self.wav'];
    expect(await named('circle')).to.deep.equal(files);
    expect(await named('circle/**/*.wav')).to.deep.equal(files);
  });

  it('are a file before they are a pattern', async () => {
    expect(await named('calls/[x].wav')).to.deep.equal(['calls/[x].wav']);
  });

  it('are the lines of a list, relative to the list, whether they are there or not', async () => {
    expect(await named('list.csv')).to.deep.equal(['calls/b.wav', 'gone.wav']);
    expect(await named('calls/bare.csv')).to.deep.equal(['calls/may/c.mp3', '/tmp/d.wav']);
  });

  it('must be there', async () => {
    expect(await failureOf(() => named('nope.wav'))).to.include({ kind: 'BadConfig', subject: 'nope.wav' });
    expect(await failureOf(() => named('calls/*.aiff'))).to.include({ kind: 'BadConfig' });
    mkdirSync(join(folder, 'empty'));
    expect(await failureOf(() => named('empty'))).to.include({ kind: 'DataRefused' });
  });
});
