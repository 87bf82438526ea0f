import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { renderReport } from '../../core/reports/renderReport.js';
import { launchBrowser } from '../support/browser.js';
import { extremeReport, realisticReport } from './fakeReport.js';

type AxeResult = { violations: { id: string; nodes: { html: string }[] }[]; passes: unknown[] };

describe('the report in a browser', function () {
  this.timeout(60_000);
  let browser: Browser | undefined;
  let folder = '';

  before(async function () {
    browser = await launchBrowser('the report in a browser');
    if (browser === undefined) this.skip();
    folder = await mkdtemp(join(tmpdir(), 'ser-report-'));
    for (const [name, data] of [
      ['realistic', realisticReport()],
      ['extreme', extremeReport()],
    ] as const) {
      const page = (await renderReport(data)).get('report.html') ?? new Uint8Array();
      await writeFile(join(folder, `${name}.html`), page);
    }
  });

  after(async () => {
    await browser?.close();
    if (folder !== '') await rm(folder, { recursive: true });
  });

  type Visit = { page: Page; requests: string[]; complaints: string[] };

  async function visit(name: string, colorScheme: 'light' | 'dark', width: number): Promise<Visit> {
    if (browser === undefined) throw new Error('no browser');
    const page = await browser.newPage({ colorScheme, viewport: { width, height: 900 }, bypassCSP: false });
    const requests: string[] = [];
    const complaints: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(pathToFileURL(join(folder, `${name}.html`)).href, { waitUntil: 'load' });
    await page.evaluate('document.fonts.ready.then(() => undefined)');
    return { page, requests, complaints };
  }

  for (const name of ['realistic', 'extreme']) {
    for (const scheme of ['light', 'dark'] as const) {
      it(`fetches nothing and complains about nothing: ${name}, ${scheme}`, async () => {
        const { page, requests, complaints } = await visit(name, scheme, 1100);
        expect(requests.filter((url) => !url.startsWith('data:'))).to.deep.equal([page.url()]);
        expect(complaints).to.deep.equal([]);
        expect(await page.locator('script').count()).to.equal(0);
        expect(await page.evaluate(`document.fonts.check('600 16px Inter')`)).to.equal(true);
      });

      it(`passes the accessibility check: ${name}, ${scheme}`, async () => {
        const { page } = await visit(name, scheme, 1100);
        await page.evaluate(axe.source);
        const result = await page.evaluate<AxeResult>('axe.run()');
        expect(result.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).to.deep.equal([]);
        expect(result.passes).to.have.length.above(20);
      });
    }

    it(`fits a telephone without scrolling the page sideways: ${name}`, async () => {
      const { page } = await visit(name, 'light', 400);
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).to.be.at.most(400);
    });
  }

  it('follows the scheme of the reader with page and charts', async () => {
    const colours = async (scheme: 'light' | 'dark') => {
      const { page } = await visit('realistic', scheme, 1100);
      return page.evaluate<string[]>(
        `[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.querySelector('figure svg text')).fill]`,
      );
    };
    const [light, dark] = [await colours('light'), await colours('dark')];
    expect(light[0]).to.equal('rgb(255, 255, 255)');
    expect(dark[0]).to.not.equal(light[0]);
    expect(dark[1]).to.not.equal(light[1]);
  });
});
