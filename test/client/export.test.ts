import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { CHAMPION_KEY } from '../../activities/objects/champion.js';
import { exportModel, type ExportOptions } from '../../client/commands/export.js';
import { createContext } from '../../client/context.js';
import { EXIT } from '../../client/exitCodes.js';
import { storedModel } from '../../client/models.js';
import type { Prediction } from '../../client/predict/prediction.js';
import { openStore } from '../../core/store/open.js';
import { BUNDLE_FILES } from '../../core/training/bundle.js';
import { wav16 } from '../audio/files.js';
import { testSignal } from '../audio/signals.js';
import { ser } from '../support/command.js';
import { failureOf } from '../support/failureOf.js';
import { repository, scratchFolder } from '../support/folders.js';

const BUNDLE = join(repository, 'test', 'golden', 'keras-bundle');
const LABELS = ['angry', 'calm', 'disgust', 'fear', 'happy', 'neutral', 'sad', 'surprise'];

describe('ser export', () => {
  let folder: string;
  beforeEach(() => {
    folder = scratchFolder();
  });

  async function exported(word: string, options: Partial<ExportOptions> = {}): Promise<string> {
    const context = createContext({ quiet: true }, { environment: {}, workingFolder: folder });
    let printed = '';
    context.terminal.print = (text) => void (printed += text);
    expect(await exportModel({ format: 'bundle', output: 'text', ...options }, context, [word])).to.equal(EXIT.done);
    return printed;
  }

  it('copies the bundle, to the byte, under a name of its own', async () => {
    const printed = await exported(BUNDLE);
    const out = join(folder, 'keras-bundle-bundle');
    expect(printed).to.equal(`${out}: 195 features of librosa195 to ${LABELS.join(', ')}`);
    expect(readdirSync(out)).to.have.members([...BUNDLE_FILES]);
    for (const name of BUNDLE_FILES) {
      expect(readFileSync(join(out, name)).equals(readFileSync(join(BUNDLE, name))), name).to.equal(true);
    }
    expect(readdirSync(folder), 'nothing else is left').to.deep.equal(['keras-bundle-bundle']);
  });

  it('writes ONNX where it is told to, and says so as JSON', async () => {
    const printed = await exported(BUNDLE, { format: 'onnx', out: 'deep/model.onnx', output: 'json' });
    const path = join(folder, 'deep', 'model.onnx');
    expect(JSON.parse(printed)).to.deep.equal({
      path,
      format: 'onnx',
      featureSet: 'librosa195',
      version: 1,
      labels: LABELS,
    });
    expect(readFileSync(path).toString()).to.contain('Gemm').and.to.contain('"surprise"]');
  });

  it('takes the champion out of the store, and names a word that means nothing', async () => {
    const context = createContext({ quiet: true }, { environment: {}, workingFolder: folder });
    const store = await openStore(context.configuration.store);
    const model = await storedModel(BUNDLE, store, context);
    await store.put(CHAMPION_KEY, Buffer.from(JSON.stringify({ run: 'best', model })));
    await exported('champion', { format: 'onnx' });
    await exported(BUNDLE, { format: 'onnx', out: 'same.onnx' });
    const [first, same] = ['champion.onnx', 'same.onnx'].map((name) => readFileSync(join(folder, name)));
    expect(first!.equals(same!)).to.equal(true);
    expect(await failureOf(() => exported('nothing'))).to.include({ kind: 'BadConfig', subject: 'nothing' });
  });

  it('leaves alone what stands there already', async () => {
    writeFileSync(join(folder, 'model.onnx'), 'mine');
    const failure = await failureOf(() => exported(BUNDLE, { format: 'onnx', out: 'model.onnx' }));
    expect(failure).to.include({ kind: 'BadConfig', what: 'exists already' });
    expect(readFileSync(join(folder, 'model.onnx'), 'utf8')).to.equal('mine');
  });

  it('refuses a broken bundle before it writes anything', async () => {
    const broken = join(scratchFolder(), 'broken');
    cpSync(BUNDLE, broken, { recursive: true });
    writeFileSync(join(broken, 'labels.json'), '["angry"]');
    const failure = await failureOf(() => exported(broken));
    expect(failure.kind).to.equal('BadInput');
    expect(readdirSync(folder)).to.deep.equal([]);
  });
});

describe('ser predict with nothing but a bundle', function () {
  this.timeout(30_000);

  it('answers in an empty folder, with no server and no store, and leaves nothing there', async () => {
    const folder = scratchFolder();
    const elsewhere = scratchFolder();
    mkdirSync(join(elsewhere, 'calls'));
    for (const [index, seconds] of [2, 1.5].entries()) {
      writeFileSync(join(elsewhere, 'calls', `${index}.wav`), wav16(testSignal(seconds * 8000), 1, 8000));
    }
    const nowhere = join(elsewhere, 'no-store');
    const { code, stdout, stderr } = await ser(
      ['predict', join(elsewhere, 'calls'), '--model', BUNDLE, '--output', 'json'],
      { folder, environment: { SER_STORE: nowhere, TEMPORAL_ADDRESS: '127.0.0.1:1' } },
    );
    expect(code, stderr).to.equal(EXIT.done);
    const rows = JSON.parse(stdout) as Prediction[];
    expect(rows).to.have.length(2);
    for (const row of rows) {
      if ('error' in row) throw new Error(row.error);
      expect(Object.keys(row.probabilities)).to.deep.equal(LABELS);
      expect(Object.values(row.probabilities).reduce((sum, share) => sum + share, 0)).to.be.closeTo(1, 1e-5);
    }
    expect(readdirSync(folder)).to.deep.equal([]);
    expect(existsSync(nowhere)).to.equal(false);
  });
});
