import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { createContext } from '../../../client/context.js';
import { openModel } from '../../../client/models.js';
import type { PredictionAnswer } from '../../../client/serve/answer.js';
import { fixedModel, type ModelSource, servedModel } from '../../../client/serve/model.js';
import { readDemo } from '../../../core/corpora/demo/demoSource.js';
import { openStore } from '../../../core/store/open.js';
import { createInlinePool, type InlinePool } from '../../durability/stagesInProcess.js';
import { launchBrowser } from '../../support/browser.js';
import { scratchFolder } from '../../support/folders.js';
import { writeUntrainedBundle } from '../../support/untrainedBundle.js';
import { type Served, startServed } from './servedFolder.js';

type AxeResult = { violations: { id: string; nodes: { html: string }[] }[] };

describe('the page on which people try a model', function () {
  this.timeout(120_000);
  let browser: Browser | undefined;
  let page: Page;
  let models: ModelSource;
  let pool: InlinePool;
  let served: Served;
  let speech: string;
  const elsewhere: string[] = [];
  const problems: string[] = [];
  const answers: PredictionAnswer[] = [];

  before(async function () {
    const folder = scratchFolder();
    speech = join(folder, 'speech.wav');
    writeFileSync(speech, readDemo(0));
    writeUntrainedBundle(join(folder, 'bundle'));
    const context = createContext({ quiet: true }, { environment: {}, workingFolder: folder });
    models = fixedModel(servedModel('bundle', await openModel('bundle', context)));
    pool = createInlinePool(await openStore({ url: join(folder, 'store') }));
    served = await startServed({ models, pool });

    browser = await launchBrowser('the page of ser serve', [
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      `--use-file-for-fake-audio-capture=${speech}`,
    ]);
    if (browser === undefined) return this.skip();
    page = await browser.newPage({ viewport: { width: 900, height: 1100 } });
    page.on('request', (request) => {
      if (!request.url().startsWith(served.url) && !/^(data|blob):/.test(request.url())) elsewhere.push(request.url());
    });
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    await page.route('**/predict*', async (route) => {
      const response = await route.fetch();
      if (response.ok()) answers.push((await response.json()) as PredictionAnswer);
      await route.fulfill({ response });
    });
    await page.goto(served.url);
  });

  after(async () => browser?.close());

  /** Does something, and gives the answer that the page gets for it, once the page shows it. */
  async function answerOf(act: () => Promise<unknown>): Promise<PredictionAnswer> {
    answers.length = 0;
    await act();
    await page.locator('#emotion:focus').waitFor();
    expect(answers).to.have.length(1);
    return answers[0]!;
  }

  async function shows({ emotion, probability, probabilities }: PredictionAnswer): Promise<void> {
    expect(await page.textContent('#emotion')).to.equal(`${emotion} ${(100 * probability).toFixed(1)} %`);
    const cells = await page.locator('#probabilities td.number').allTextContents();
    expect(cells).to.deep.equal(Object.values(probabilities).map((share) => `${(100 * share).toFixed(1)} %`));
    expect(await page.locator('#probabilities tr.best th').textContent()).to.equal(emotion);
    expect(await page.locator('#probabilities path.area').count()).to.equal(cells.length);
    expect(await page.locator('#waveform path').getAttribute('d')).to.have.length.above(1000);
  }

  async function accessibilityProblems(): Promise<string[]> {
    const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    await page.evaluate(axe);
    const { violations } = await page.evaluate<AxeResult>('axe.run(document)');
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(', ')}`);
  }

  it('says what the model knows', async () => {
    await page.locator('#model', { hasText: 'angry' }).waitFor();
  });

  it('says so while there is none, and what the first one knows once it is there', async () => {
    const waiting = { ...models, current: undefined as ModelSource['current'], missing: 'there is no champion yet' };
    const { url } = await startServed({ models: waiting, pool });
    const second = await browser!.newPage();
    await second.goto(url);
    await second.locator('#model', { hasText: 'No model answers yet: there is no champion yet.' }).waitFor();
    waiting.current = models.current;
    await second.locator('#model', { hasText: 'angry' }).waitFor();
    await second.close();
  });

  it('shows what is said of a file that is chosen', async () => {
    await shows(await answerOf(() => page.setInputFiles('#file', speech)));
  });

  it('shows what is said of a file that is dropped', async () => {
    const bytes = [...readFileSync(speech)];
    const answer = await answerOf(() =>
      page.evaluate(
        `{
          const transfer = new DataTransfer();
          transfer.items.add(new File([new Uint8Array(${JSON.stringify(bytes)})], 'dropped.wav'));
          document.getElementById('drop').dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true }));
        }`,
      ),
    );
    await shows(answer);
    expect(await page.textContent('#facts')).to.include('dropped.wav');
  });

  it('records the microphone and shows what is said of it', async () => {
    await page.click('#record');
    while ((await page.evaluate<number>('document.getElementById("level").value')) === 0);
    await page.waitForTimeout(1500); // what is recorded lasts as long
    const answer = await answerOf(() => page.click('#record'));
    expect(answer.durationSeconds).to.be.within(0.8, 15);
    await shows(answer);
    expect(await page.textContent('#facts')).to.include('your recording');
  });

  it('says why a file is refused', async () => {
    await page.setInputFiles('#file', {
      name: 'words.wav',
      mimeType: 'audio/wav',
      buffer: Buffer.from('these are words'),
    });
    await page.waitForSelector('#state.failed');
    expect(await page.textContent('#state')).to.match(/words\.wav: not a recording/);
    problems.length = 0; // the browser reports every 422
  });

  for (const scheme of ['light', 'dark'] as const) {
    it(`is accessible, ${scheme}`, async () => {
      await page.emulateMedia({ colorScheme: scheme });
      await answerOf(() => page.setInputFiles('#file', speech));
      expect(await accessibilityProblems()).to.deep.equal([]);
    });
  }

  it('asks nobody but its server, and breaks none of the rules it was given', () => {
    expect(elsewhere).to.deep.equal([]);
    expect(problems).to.deep.equal([]);
  });
});
