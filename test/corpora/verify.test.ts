import { expect } from 'chai';
import { type OfficialRecording, officialRecordings } from '../../core/corpora/official.js';
import { type SeenFile, verifyFiles } from '../../core/corpora/verify.js';

describe('verifyFiles', () => {
  let official: OfficialRecording[];
  before(async () => {
    official = await officialRecordings();
  });

  const seen = (recording: OfficialRecording, changes: Partial<SeenFile> = {}): SeenFile => ({
    path: `set/${recording.name}`,
    sha256: recording.sha256,
    sizeBytes: recording.sizeBytes,
    reason: '',
    ...changes,
  });
  const named = (name: string): OfficialRecording => official.find((recording) => recording.name === name)!;
  const corpusOf = (files: SeenFile[], corpus: string) =>
    verifyFiles(official, files).corpora.find((one) => one.corpus === corpus)!;

  it('finds all 12,162 recordings of the four corpora, 91 + 24 + 4 + 2 speakers, nothing missing', () => {
    const { corpora, unknown } = verifyFiles(
      official,
      official.map((recording) => seen(recording)),
    );
    expect(unknown).to.deep.equal([]);
    expect(corpora.map(({ corpus, present, speakers }) => [corpus, present, speakers.present])).to.deep.equal([
      ['CREMA-D', 7442, 91],
      ['RAVDESS', 1440, 24],
      ['SAVEE', 480, 4],
      ['TESS', 2800, 2],
    ]);
    for (const { missing, altered, emotions } of corpora) {
      expect(missing).to.deep.equal([]);
      expect(altered).to.deep.equal([]);
      for (const { present, official: published } of Object.values(emotions)) expect(present).to.equal(published);
    }
  });

  it('counts known other spellings as present', () => {
    const spellings = {
      '1040_ITH_SAD_XX.wav': '1040_ITH_SAD_X.wav',
      'OA_bite_neutral.wav': 'OAF_bite_neutral.wav',
      'DC_a01.wav': 'AudioData/DC/a01.wav',
    };
    const files = Object.entries(spellings).map(([name, path]) => seen(named(name), { path }));
    const { corpora, unknown } = verifyFiles(official, files);
    expect(unknown).to.deep.equal([]);
    expect(corpora.map(({ present }) => present)).to.deep.equal([1, 0, 1, 1]);
  });

  it('tells altered, unreadable, repeated and unknown files apart', () => {
    const [one, two, three, four] = official.filter(({ corpus }) => corpus === 'RAVDESS') as [
      OfficialRecording,
      OfficialRecording,
      OfficialRecording,
      OfficialRecording,
    ];
    const files = [
      seen(one, { sha256: 'f00', sizeBytes: 7 }),
      seen(two, { sha256: '', reason: 'cannot be read: permission denied' }),
      seen(three),
      seen(three, { path: `copy/${three.name}` }),
      seen(four, { path: 'renamed.wav' }),
      seen(four, { path: 'mine.wav', sha256: 'ba4' }),
    ];
    const ravdess = corpusOf(files, 'RAVDESS');
    expect(ravdess.altered.map(({ problem }) => problem)).to.deep.equal([
      `7 bytes instead of ${one.sizeBytes}`,
      'cannot be read: permission denied',
    ]);
    expect(ravdess).to.include({ present: 1, repeated: 1 });
    expect(ravdess.missing).to.have.length(1437).and.to.include(four.name);
    expect(verifyFiles(official, files).unknown).to.deep.equal([
      { path: 'renamed.wav', note: `holds RAVDESS's ${four.name}` },
      { path: 'mine.wav', note: '' },
    ]);
  });
});
