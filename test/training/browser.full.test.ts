import { createServer, type Server } from 'node:http';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { basename, extname, join } from 'node:path';
import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { EMOTIONS } from '../../core/contracts/emotions.js';
import { ORIGINAL_TRAINING } from '../../core/contracts/training.js';
import { librosa195 } from '../../core/features/librosa195.js';
import { bundleFiles, readBundle } from '../../core/training/bundle.js';
import { initialWeights, type NetworkWeights } from '../../core/training/network.js';
import { createPredictor } from '../../core/training/predictor.js';
import { launchBrowser } from '../support/browser.js';
import { repository } from '../support/folders.js';
import { noise } from './helpers.js';

const TENSORFLOW = join(repository, 'node_modules', '@tensorflow');
const SCRIPTS = ['tfjs-core/dist/tf-core', 'tfjs-layers/dist/tf-layers', 'tfjs-backend-wasm/dist/tf-backend-wasm'];
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};
const ROWS = 40;

/** All that a page needs to use a bundle: TensorFlow.js's own files, the bundle, and these lines. */
const PAGE = `<!doctype html><title>bundle</title>
${SCRIPTS.map((path) => `<script src="/${basename(path)}.min.js"></script>`).join('\n')}
<script>
  async function answer(rows) {
    tf.wasm.setWasmPaths('/');
    await tf.setBackend('wasm');
    const model = await tf.loadLayersModel('/model.json');
    const { mean, scale } = await (await fetch('/scaler.json')).json();
    const scaled = rows.map((row) => row.map((value, column) => (value - mean[column]) / scale[column]));
    return { backend: tf.getBackend(), answers: await model.predict(tf.tensor2d(scaled)).array() };
  }
</script>`;

const SHAPE = { inputs: librosa195.columns.length, layers: ORIGINAL_TRAINING.layers, classes: EMOTIONS.length };

/** A bundle of the original's size, with statistics as training leaves them. */
function bundleOf(networks: number): Map<string, Uint8Array> {
  const inputs = SHAPE.inputs;
  const weightsOf = (seed: number): NetworkWeights => {
    const { parameters, statistics } = initialWeights(SHAPE, seed);
    const jitter = noise(seed, statistics.length);
    return { parameters, statistics: statistics.map((value, index) => value + 0.3 * jitter[index]!) };
  };
  return bundleFiles({
    shape: SHAPE,
    networks: Array.from({ length: networks }, (_, index) => weightsOf(index + 1)),
    scaler: {
      mean: [...noise(50, inputs)].map((value) => 300 * value),
      scale: [...noise(51, inputs)].map((value) => 30 + 20 * value),
    },
    metadata: {
      format: 1,
      featureSet: { name: librosa195.name, version: librosa195.version, columns: [...librosa195.columns] },
      labels: [...EMOTIONS],
      parameters: { ...ORIGINAL_TRAINING, seed: 1 },
      backend: 'fused',
      trainedOn: { corpora: [], utterances: { train: 0, validation: 0, test: 0 }, synthetic: true },
      bestEpoch: 1,
      history: [],
    },
  });
}

describe('a bundle in a browser', function () {
  this.timeout(60_000);
  let browser: Browser | undefined;
  let server: Server;
  let bundle = new Map<string, Uint8Array>();

  before(async function () {
    browser = await launchBrowser('a bundle in a browser');
    if (browser === undefined) this.skip();
    server = createServer((request, response) => {
      const name = basename(request.url ?? '');
      contentOf(name === '' ? 'index.html' : name).then(
        (content) => response.writeHead(200, { 'content-type': TYPES[extname(name)] ?? TYPES['.html'] }).end(content),
        () => response.writeHead(404).end(),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  after(async () => {
    await browser?.close();
    server?.close();
  });

  async function contentOf(name: string): Promise<Uint8Array | string> {
    if (name === 'index.html') return PAGE;
    const script = SCRIPTS.find((path) => name === `${basename(path)}.min.js`);
    if (script !== undefined) return readFile(join(TENSORFLOW, `${script}.min.js`));
    if (name.endsWith('.wasm')) return readFile(join(TENSORFLOW, 'tfjs-backend-wasm', 'dist', name));
    const content = bundle.get(name);
    if (content === undefined) throw new Error(`there is no ${name}`);
    return content;
  }

  for (const networks of [1, 3]) {
    it(`is loaded by plain TensorFlow.js and answers as our predictor does, to 1e-5: ${networks} networks`, async () => {
      bundle = bundleOf(networks);
      const rows = noise(60, ROWS * SHAPE.inputs).map((value) => 300 * value);
      const page = await browser!.newPage();
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      const matrix = Array.from({ length: ROWS }, (_, row) => [
        ...rows.subarray(row * SHAPE.inputs, (row + 1) * SHAPE.inputs),
      ]);
      const { backend, answers } = await page.evaluate<{ backend: string; answers: number[][] }>(
        `answer(${JSON.stringify(matrix)})`,
      );
      await page.close();
      expect(backend).to.equal('wasm');
      const files = bundle;
      const expected = createPredictor(await readBundle((name) => Promise.resolve(files.get(name)!)))(rows, ROWS);
      expect(answers.flat()).to.have.length(ROWS * EMOTIONS.length);
      answers.flat().forEach((value, index) => expect(value).to.be.closeTo(expected[index]!, 1e-5));
    });
  }
});
