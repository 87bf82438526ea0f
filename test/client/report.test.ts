import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { report, type ReportOptions } from '../../client/commands/report.js';
import { createContext } from '../../client/context.js';
import { renderReport } from '../../core/reports/renderReport.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { openStore } from '../../core/store/open.js';
import { runStage } from '../../core/store/stage.js';
import { realisticReport } from '../reports/fakeReport.js';
import { failureOf } from '../support/failureOf.js';
import { scratchFolder } from '../support/folders.js';

describe('ser report', () => {
  const folder = scratchFolder();
  let store: ObjectStore;

  before(async () => {
    store = await openStore({ url: join(folder, 'store') });
    const files = await renderReport(realisticReport());
    const spec = { stage: 'writeReport', version: 1, inputs: {}, parameters: {}, under: 'reports' };
    const { key } = await runStage(store, spec, () => Promise.resolve({ files }));
    const record = (name: string, startedAt: string, stages: object[]) =>
      store.put(`runs/${name}.json`, new TextEncoder().encode(JSON.stringify({ name, startedAt, state: 'x', stages })));
    await record('done', '2026-02-01', [{ stage: 'writeReport', state: 'done', key }]);
    await record('half', '2026-01-01', [{ stage: 'writeReport', state: 'waiting' }]);
  });

  async function printed(args: string[], options: Partial<ReportOptions> = {}): Promise<string> {
    const context = createContext(
      { store: join(folder, 'store'), quiet: true },
      { environment: {}, workingFolder: folder },
    );
    let text = '';
    context.terminal.print = (line) => void (text += line);
    await report({ output: 'text', ...options }, context, args);
    return text;
  }

  it('writes page, charts and tables of the latest run and prints where', async () => {
    const path = await printed([]);
    expect(path).to.equal('ser-report-done/report.html');
    const written = (name: string) => readFileSync(join(folder, 'ser-report-done', name));
    expect(written('charts/01_emotion_distribution.png').subarray(1, 4).toString()).to.equal('PNG');
    expect(written('outputs/test_results.json').toString()).to.include('test_accuracy');
  });

  it('keeps the links to recordings good in another folder', async () => {
    await printed(['done'], { out: 'elsewhere/deep' });
    const page = readFileSync(join(folder, 'elsewhere', 'deep', 'report.html'), 'utf8');
    expect(page)
      .to.include(`href="${pathToFileURL(join(folder, 'store')).href}/audio/`)
      .and.not.include('href="../../');
  });

  it('prints the data', async () => {
    const data = JSON.parse(await printed(['done'], { output: 'json' })) as { metrics: { accuracy: number } };
    expect(data.metrics.accuracy).to.equal(realisticReport().metrics.accuracy);
  });

  it('says that there is no such run, and that a run has no report yet', async () => {
    expect(await failureOf(() => printed(['nobody']))).to.include({ kind: 'BadConfig', subject: 'nobody' });
    expect(await failureOf(() => printed(['half']))).to.include({ kind: 'BadConfig', subject: 'half' });
  });
});
