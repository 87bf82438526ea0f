import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { readBundle } from '../../core/training/bundle.js';
import { createPredictor } from '../../core/training/predictor.js';
import { repository, scratchFolder } from '../support/folders.js';

/** A Python that has Keras and scikit-learn; the variable names one that is not on the path. */
const PYTHON = process.env['SER_TEST_PYTHON'] ?? 'python3';
const tool = (name: string): string => join(repository, 'tools', name);
const bare = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3', PYTHONDONTWRITEBYTECODE: '1' };

describe('tools/keras_to_bundle.py', function () {
  this.timeout(300_000);
  const folder = scratchFolder();
  const input = (name: string): string => join(folder, 'keras-inputs', name);

  before(function () {
    if (spawnSync(PYTHON, ['-c', 'import keras, sklearn'], { env: bare }).status !== 0) {
      console.warn(`      SKIPPED: ${PYTHON} has no keras and scikit-learn; SER_TEST_PYTHON names one that has`);
      this.skip();
    }
    execFileSync(PYTHON, [tool('golden_keras_bundle.py'), folder], { env: bare, stdio: 'pipe' });
  });

  const convert = (model: string, scaler: string, labels: string, out: string) =>
    spawnSync(PYTHON, [tool('keras_to_bundle.py'), input(model), input(scaler), input(labels), out], {
      env: bare,
      encoding: 'utf8',
    });

  const cases = [
    ['model.keras', 'labels.pkl'],
    ['model.h5', 'list.pkl'],
  ] as const;
  for (const [model, labels] of cases) {
    it(`makes a bundle of ${model} and ${labels} that answers as Keras does, to 1e-5`, async () => {
      const out = join(folder, `of-${model}`);
      const { status, stdout, stderr } = convert(model, 'scaler.pkl', labels, out);
      expect(status, stderr).to.equal(0);
      expect(stdout).to.contain('to angry, calm, disgust, fear, happy, neutral, sad, surprise');
      const bundle = await readBundle((name) => Promise.resolve(readFileSync(join(out, name))));
      const golden = JSON.parse(readFileSync(join(folder, 'keras-bundle.json'), 'utf8')) as Record<
        'rows' | 'answers',
        number[][]
      >;
      const actual = createPredictor(bundle)(Float64Array.from(golden.rows.flat()), golden.rows.length);
      golden.answers.flat().forEach((answer, index) => expect(actual[index]).to.be.closeTo(answer, 1e-5));
    });
  }

  const refusals: [inputs: [model: string, scaler: string, labels: string], words: string][] = [
    [['lstm.keras', 'scaler.pkl', 'labels.pkl'], 'layer lstm is LSTM; Dense, Dropout and BatchNormalization are known'],
    [['sigmoid.keras', 'scaler.pkl', 'labels.pkl'], 'has activation sigmoid'],
    [['twice.keras', 'scaler.pkl', 'labels.pkl'], '(BatchNormalization) does not follow a Dense layer'],
    [['first.keras', 'scaler.pkl', 'labels.pkl'], '(BatchNormalization) does not follow a Dense layer'],
    [['open.keras', 'scaler.pkl', 'labels.pkl'], 'the last layer is not a Dense with softmax'],
    [['jump.keras', 'scaler.pkl', 'labels.pkl'], 'the layers are not one after another'],
    [['words.keras', 'scaler.pkl', 'labels.pkl'], "Keras can't load it"],
    [['narrow.keras', 'scaler180.pkl', 'labels.pkl'], 'takes 180 features; librosa195 has 195'],
    [['model.keras', 'scaler180.pkl', 'labels.pkl'], 'was fitted on 180 features; the model takes 195'],
    [['model.keras', 'minmax.pkl', 'labels.pkl'], 'holds a MinMaxScaler; StandardScaler is known'],
    [['model.keras', 'scaler.pkl', 'labels7.pkl'], 'holds 7 labels; the model has 8 outputs'],
    [['model.keras', 'scaler.pkl', 'numbers.pkl'], 'label 0 is not a word'],
    [['model.keras', 'scaler.pkl', 'none.pkl'], "can't be read"],
  ];
  for (const [inputs, words] of refusals) {
    it(`refuses ${inputs.join(', ')}, by name, and writes nothing`, () => {
      const out = join(folder, 'refused');
      const { status, stderr } = convert(...inputs, out);
      expect(stderr).to.contain(words);
      expect(status).to.equal(2);
      expect(existsSync(out)).to.equal(false);
    });
  }
});
