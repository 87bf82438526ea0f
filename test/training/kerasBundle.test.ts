import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { EMOTIONS } from '../../core/contracts/emotions.js';
import { librosa195 } from '../../core/features/librosa195.js';
import { readBundle } from '../../core/training/bundle.js';
import { createPredictor } from '../../core/training/predictor.js';
import { repository } from '../support/folders.js';

/** What tools/golden_keras_bundle.py wrote. */
const GOLDEN = join(repository, 'test', 'golden');

describe('a bundle made of a Keras model', () => {
  const open = () => readBundle((name) => readFile(join(GOLDEN, 'keras-bundle', name)));

  it('answers as Keras does behind the scaler of scikit-learn, to 1e-5', async () => {
    const golden = JSON.parse(await readFile(join(GOLDEN, 'keras-bundle.json'), 'utf8')) as Record<
      'rows' | 'answers',
      number[][]
    >;
    const actual = createPredictor(await open())(Float64Array.from(golden.rows.flat()), golden.rows.length);
    expect(actual).to.have.length(8 * golden.rows.length);
    golden.answers.flat().forEach((answer, index) => expect(actual[index]).to.be.closeTo(answer, 1e-5));
  });

  it('takes the columns of librosa195 and has the labels of the encoder, in its order', async () => {
    const { metadata, labels } = await open();
    expect(metadata.featureSet).to.deep.equal({
      name: librosa195.name,
      version: librosa195.version,
      columns: librosa195.columns,
    });
    expect(labels).to.deep.equal([...EMOTIONS]);
    expect(metadata.parameters.layers).to.deep.equal([12, 10, 6].map((units) => ({ units, dropout: 0.3 })));
  });
});
