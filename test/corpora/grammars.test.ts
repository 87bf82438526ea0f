import { expect } from 'chai';
import { recogniseName, unusedPartOfCorpus } from '../../core/corpora/grammars.js';
import { type OfficialRecording, officialRecordings } from '../../core/corpora/official.js';

function tally(values: Iterable<string>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

describe('name grammars', () => {
  let official: OfficialRecording[];
  before(async () => {
    official = await officialRecordings();
  });

  it('read the corpus, emotion and speaker of all 12,162 official names', () => {
    expect(official).to.have.length(12_162);
    for (const { name, corpus, emotion, speaker } of official) {
      const facts = recogniseName(name);
      expect(facts, name).to.include({ corpus, emotion, speaker: `${corpus}-${speaker}` });
    }
  });

  it('count every emotion of every corpus as its owners do', () => {
    const facts = official.map(({ name }) => recogniseName(name)!);
    const counts = tally(facts.map(({ corpus, emotion }) => `${corpus} ${emotion}`));
    const expected: Record<string, number> = {};
    for (const emotion of ['angry', 'disgust', 'fear', 'happy', 'sad']) {
      Object.assign(expected, {
        [`CREMA-D ${emotion}`]: 1271,
        [`RAVDESS ${emotion}`]: 192,
        [`TESS ${emotion}`]: 400,
        [`SAVEE ${emotion}`]: 60,
      });
    }
    Object.assign(expected, {
      'CREMA-D neutral': 1087,
      'RAVDESS neutral': 96,
      'TESS neutral': 400,
      'SAVEE neutral': 120,
    });
    Object.assign(expected, {
      'RAVDESS surprise': 192,
      'TESS surprise': 400,
      'SAVEE surprise': 60,
      'RAVDESS calm': 192,
    });
    expect(counts).to.deep.equal(expected);
  });

  it('count 91 + 24 + 2 + 4 speakers, of whom 43 + 12 + 2 + 0 are women', () => {
    const sexes = new Map(
      official.map(({ name }) => {
        const { speaker, sex } = recogniseName(name)!;
        return [speaker, sex] as const;
      }),
    );
    const corpusOf = (speaker: string): string => speaker.slice(0, speaker.lastIndexOf('-'));
    const women = [...sexes].filter(([, sex]) => sex === 'female').map(([speaker]) => speaker);
    expect(tally([...sexes.keys()].map(corpusOf))).to.deep.equal({ 'CREMA-D': 91, RAVDESS: 24, TESS: 2, SAVEE: 4 });
    expect(tally(women.map(corpusOf))).to.deep.equal({ 'CREMA-D': 43, RAVDESS: 12, TESS: 2 });
  });

  it('tell every recording apart by what they read', () => {
    const facts = official.map(({ name }) => Object.values(recogniseName(name)!).join('|'));
    expect(new Set(facts).size).to.equal(12_162);
  });

  it('go by the file name, whatever folder it lies in', () => {
    const facts = recogniseName('03-01-05-01-02-02-12.wav');
    expect(facts).to.deep.equal({
      corpus: 'RAVDESS',
      emotion: 'angry',
      code: '05',
      speaker: 'RAVDESS-12',
      sex: 'female',
      sentence: '02',
      intensity: '01',
      take: '02',
      split: '',
    });
    expect(recogniseName('happy/Actor_03/03-01-05-01-02-02-12.WAV')).to.deep.equal(facts);
  });

  it('know the other spellings that copies have', () => {
    expect(recogniseName('1040_ITH_SAD_X.wav')).to.deep.equal(recogniseName('1040_ITH_SAD_XX.wav'));
    expect(recogniseName('OAF_bite_neutral.wav')).to.deep.equal(recogniseName('OA_bite_neutral.wav'));
    expect(recogniseName('AudioData/JK/su07.wav')).to.deep.equal(recogniseName('JK_su07.wav'));
    expect(recogniseName('TESS/YAF_dog_ps.wav')).to.include({ emotion: 'surprise', sentence: 'dog' });
  });

  it('leave alone what only resembles a name', () => {
    const strangers = [
      '1092_IEO_ANG_HI.wav',
      '1001_IEO_JOY_HI.wav',
      '03-01-09-01-01-01-01.wav',
      '03-01-05-01-01-01-25.wav',
      'XAF_dog_angry.wav',
      'OAF_dog_bored.wav',
      'a01.wav',
      'DC/a16.wav',
      'DC_x01.wav',
      'KL_n31.wav',
      '',
    ];
    for (const name of strangers) expect(recogniseName(name), name).to.equal(undefined);
  });

  it('say of the songs and videos of RAVDESS why they are not taken', () => {
    expect(recogniseName('03-02-05-01-02-02-12.wav')).to.equal(undefined);
    expect(unusedPartOfCorpus('03-02-05-01-02-02-12.wav')).to.match(/song/);
    expect(unusedPartOfCorpus('01-01-05-01-02-02-12.wav')).to.match(/video/);
    expect(unusedPartOfCorpus('03-01-05-01-02-02-12.wav')).to.equal(undefined);
    expect(unusedPartOfCorpus('holiday.wav')).to.equal(undefined);
  });
});
