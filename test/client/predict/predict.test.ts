import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { spansOf } from '../../../activities/jobs/extractFiles.js';
import { predict } from '../../../client/commands/predict.js';
import type { PredictOptions } from '../../../client/predict/options.js';
import { createContext } from '../../../client/context.js';
import type { Prediction } from '../../../client/predict/prediction.js';
import { wav16 } from '../../audio/files.js';
import { testSignal } from '../../audio/signals.js';
import { failureOf } from '../../support/failureOf.js';
import { scratchFolder } from '../../support/folders.js';
import { writeUntrainedBundle } from '../../support/untrainedBundle.js';

const RATE = 8000;

describe('ser predict', () => {
  let folder: string;

  before(() => {
    folder = scratchFolder();
    mkdirSync(join(folder, '.ser'));
    writeUntrainedBundle(join(folder, 'bundle'));
    mkdirSync(join(folder, 'calls'));
    for (const [index, seconds] of [2, 0.5, 3, 2.5, 2, 1, 3, 2].entries()) {
      writeFileSync(join(folder, 'calls', `${index}.wav`), wav16(testSignal(seconds * RATE), 1, RATE));
    }
    writeFileSync(join(folder, 'calls', 'bad.wav'), 'these are words');
    writeFileSync(join(folder, 'long.wav'), wav16(testSignal(7.5 * RATE), 1, RATE));
  });

  /** What is printed, and the exit code. */
  async function predicted(words: string[], options: Partial<PredictOptions> = {}) {
    const context = createContext({ quiet: true, threads: 2 }, { environment: {}, workingFolder: folder });
    let printed = '';
    context.terminal.write = (text) => void (printed += text);
    const exitCode = await predict({ model: 'bundle', output: 'json', ...options }, context, words);
    return { printed, exitCode };
  }

  const rows = async (words: string[], options: Partial<PredictOptions> = {}) =>
    JSON.parse((await predicted(words, options)).printed) as Prediction[];

  it('answers in the order of the files, in threads as without, and makes a bad file a row', async () => {
    const all = await rows(['calls']);
    expect(all.map(({ file }) => file)).to.deep.equal(
      ['0', '1', '2', '3', '4', '5', '6', '7', 'bad'].map((name) => `calls/${name}.wav`),
    );
    expect(all.at(-1)).to.have.property('error').that.includes('not a recording');
    expect(await rows(['calls/2.wav', 'calls/bad.wav'])).to.deep.equal([all[2], all[8]]);
  });

  it('gives probabilities that add up to 1, of which the highest is the answer, and warns', async () => {
    const [short] = await rows(['calls/1.wav']);
    if (short === undefined || 'error' in short) throw new Error('expected an answer');
    const shares = Object.values(short.probabilities);
    expect(shares.reduce((sum, share) => sum + share, 0)).to.be.closeTo(1, 1e-6);
    expect(short.probability)
      .to.equal(Math.max(...shares))
      .and.to.equal(short.probabilities[short.emotion]);
    expect(short.warnings).to.include('shorter than 1 s');
  });

  it('says the same in every format', async () => {
    const [json] = await rows(['calls/0.wav']);
    const jsonl = (await predicted(['calls/0.wav'], { output: 'jsonl' })).printed;
    expect(JSON.parse(jsonl)).to.deep.equal(json);
    const [header, row] = (await predicted(['calls/0.wav'], { output: 'csv' })).printed.split('\n');
    expect(header).to.match(/^file,emotion,probability,angry,.*,surprise,durationSeconds,warnings,error$/);
    expect(row?.split(',').slice(0, 2)).to.deep.equal(['calls/0.wav', 'error' in json! ? '' : json!.emotion]);
  });

  it('ends with 4 when no file was usable, and with 0 when one was', async () => {
    expect((await predicted(['calls/bad.wav'])).exitCode).to.equal(4);
    expect((await predicted(['calls/bad.wav', 'calls/0.wav'])).exitCode).to.equal(0);
  });

  it('writes the same table whether it was interrupted or not', async () => {
    await predicted(['calls'], { out: 'whole.csv' });
    const whole = readFileSync(join(folder, 'whole.csv'));
    await predicted(['calls'], { out: 'again.csv' });
    const identity = /** of the batch, as an interrupted one leaves it behind */ await interruptedIdentity();
    writeFileSync(join(folder, 'again.csv'), whole.subarray(0, Math.floor(whole.length / 2)));
    writeFileSync(join(folder, 'again.csv.resume'), identity);
    await predicted(['calls'], { out: 'again.csv' });
    expect(readFileSync(join(folder, 'again.csv')).equals(whole)).to.equal(true);
    expect(existsSync(join(folder, 'again.csv.resume'))).to.equal(false);
  });

  async function interruptedIdentity(): Promise<string> {
    const { identityOf } = await import('../../../client/predict/outFile.js');
    const { readBundle } = await import('../../../core/training/bundle.js');
    const bundle = await readBundle((name) => Promise.resolve(readFileSync(join(folder, 'bundle', name))));
    return identityOf(bundle, undefined);
  }

  describe('with a model that measures speakers', () => {
    before(() => {
      writeUntrainedBundle(join(folder, 'measuring'), { normalise: 'speaker' });
      const list = ['file,speaker', 'calls/0.wav,Ann', 'calls/2.wav,Bo', 'calls/3.wav,Ann', 'calls/4.wav,Bo'];
      writeFileSync(join(folder, 'list.csv'), [...list, 'calls/6.wav,Cy', ''].join('\n'));
      writeFileSync(join(folder, 'nobody.csv'), 'file,speaker\ncalls/0.wav,\ncalls/1.wav,Ann\n');
    });

    it('measures each recording against those of its speaker, and refuses one who has no other', async () => {
      const all = await rows(['list.csv'], { model: 'measuring' });
      const ann = await rows(['calls/0.wav', 'calls/3.wav'], { model: 'measuring', oneSpeaker: true });
      const bo = await rows(['calls/2.wav', 'calls/4.wav'], { model: 'measuring', oneSpeaker: true });
      expect(all.slice(0, 4)).to.deep.equal([ann[0], bo[0], ann[1], bo[1]]);
      expect(all[4]).to.have.property('error', 'its speaker has no other recording to be measured against');
      expect(ann[0]).not.to.deep.equal(
        (await rows(['calls/0.wav', 'calls/4.wav'], { model: 'measuring', oneSpeaker: true }))[0],
      );
    });

    it('writes the same table whether it was interrupted or not', async () => {
      await predicted(['list.csv'], { model: 'measuring', out: 'measured.csv' });
      const printed = (await predicted(['list.csv'], { model: 'measuring', output: 'csv' })).printed;
      expect(readFileSync(join(folder, 'measured.csv'), 'utf8')).to.equal(printed);
    });

    it('measures spans against all spans of the speaker', async () => {
      const spans = await rows(['long.wav'], { model: 'measuring', oneSpeaker: true, window: '3' });
      expect(spans.map((span) => 'error' in span)).to.deep.equal([false, false, false]);
    });

    it('refuses recordings of nobody known, with what to type', async () => {
      for (const words of [['calls/0.wav', 'calls/2.wav'], ['nobody.csv']]) {
        const failure = await failureOf(() => predicted(words, { model: 'measuring' }));
        expect(failure).to.include({ kind: 'BadConfig', subject: 'calls/0.wav' });
        expect(failure.remedy).to.match(/columns file and speaker.*--one-speaker/);
      }
      const needless = await failureOf(() => predicted(['calls/0.wav'], { oneSpeaker: true }));
      expect(needless.subject).to.equal('--one-speaker');
    });
  });

  it('slides over a recording to its end, and draws it', async () => {
    const timeline = await rows(['long.wav'], { window: '3', hop: '1', plot: 'long.svg' });
    expect(timeline.map(({ start, end }) => [start, end])).to.deep.equal([
      [0, 3],
      [1, 4],
      [2, 5],
      [3, 6],
      [4, 7],
      [5, 7.5],
    ]);
    expect(readFileSync(join(folder, 'long.svg'), 'utf8')).to.match(/^<svg[^]*surprise/);
  });

  it('refuses windows that a feature set does not see in full, and a plot without windows', async () => {
    expect(await failureOf(() => predicted(['long.wav'], { window: '5' }))).to.include({ subject: '--window' });
    expect(await failureOf(() => predicted(['long.wav'], { hop: '1' }))).to.include({ subject: '--hop' });
    expect(await failureOf(() => predicted(['long.wav'], { plot: 'a.svg' }))).to.include({ subject: '--plot' });
    expect(await failureOf(() => predicted(['long.wav'], { out: 'a.txt' }))).to.include({ subject: '--out' });
  });
});

describe('the spans of a recording', () => {
  it('begin every hop and cover it to the end', () => {
    expect(spansOf(10, 4, 3)).to.deep.equal([
      [0, 4],
      [3, 7],
      [6, 10],
    ]);
    expect(spansOf(3, 4, 1)).to.deep.equal([[0, 3]]);
    expect(spansOf(5, 4, 4)).to.deep.equal([
      [0, 4],
      [4, 5],
    ]);
  });
});
