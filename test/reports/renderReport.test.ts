import { expect } from 'chai';
import type { ReportData } from '../../core/contracts/report.js';
import { renderReport } from '../../core/reports/renderReport.js';
import { extremeReport, realisticReport } from './fakeReport.js';

const CHARTS = [
  'accuracy',
  'calibration',
  'class-scores',
  'confusion-matrix',
  'emotion-counts',
  'feature-importance',
  'loss',
  'speaker-accuracy',
];
const OUTPUTS = [
  'classification_report.csv',
  'confusion_matrix.csv',
  'dataset_distribution.csv',
  'emotion_distribution.csv',
  'file_summary.txt',
  'per_class_accuracy.csv',
  'test_results.json',
  'training_history.csv',
].map((name) => `outputs/${name}`);

const ORIGINAL_CHARTS = [
  '01_emotion_distribution',
  '02_dataset_distribution_pie',
  '03_emotion_by_dataset_stacked',
  '04_emotion_dataset_heatmap',
  '05_emotion_by_dataset_grouped',
  '06_training_history',
  '07_confusion_matrix',
  '08_per_class_accuracy',
  '09_confusion_matrix_normalized',
  '10_precision_recall_f1',
  '11_test_set_distribution',
].map((name) => `charts/${name}.png`);

/** A file as text, without the fonts in it: their base64 spells anything. */
function textOf(files: Map<string, Uint8Array>, path: string): string {
  return new TextDecoder().decode(files.get(path)).replace(/base64,[\w+/=]+/g, 'base64,');
}

describe('renderReport', () => {
  let realistic: Map<string, Uint8Array>;
  let extreme: Map<string, Uint8Array>;

  before(async () => {
    realistic = await renderReport(realisticReport());
    extreme = await renderReport(extremeReport());
  });

  it('writes the page, its data, every chart twice, and the original’s tables and charts', () => {
    const charts = CHARTS.flatMap((name) => [`charts/${name}.png`, `charts/${name}.svg`]);
    expect([...realistic.keys()]).to.have.members([
      ...charts,
      ...OUTPUTS,
      ...ORIGINAL_CHARTS,
      'model_card.md',
      'predictions.csv',
      'report.html',
      'report.json',
    ]);
  });

  it('gives the same bytes for the same data', async () => {
    const again = await renderReport(realisticReport());
    for (const [path, bytes] of realistic) {
      expect(Buffer.from(again.get(path) ?? []).equals(bytes), path).to.equal(true);
    }
  });

  it('escapes every text a user supplies', () => {
    const page = textOf(extreme, 'report.html');
    expect(page).to.not.match(/<script|<b>not/i);
    expect(page).to.include('Actor_0/03-01-&lt;script&gt;alert(0)&lt;/script&gt;.wav');
    for (const name of CHARTS) expect(textOf(extreme, `charts/${name}.svg`), name).to.not.include('<script');
  });

  it('names nothing outside the page', () => {
    for (const path of [...realistic.keys()].filter((name) => /\.(html|svg)$/.test(name))) {
      const text = (textOf(realistic, path) + textOf(extreme, path)).replace(/ xmlns(:\w+)?="[^"]*"/g, '');
      expect(text, path).to.not.match(/https?:|\/\/\w|<link|<img|@import|<script/);
      expect(
        [...text.matchAll(/url\(([^)]{0,12})/g)].map(([, start]) => start?.replace(/^(data:|#).*/, '$1')),
      ).to.satisfy((starts: (string | undefined)[]) => starts.every((start) => start === 'data:' || start === '#'));
    }
  });

  it('keeps the data in the JSON and shows their numbers on the page', () => {
    const { tested, ...data } = realisticReport();
    expect(tested).to.have.length(data.metrics.count);
    const json = JSON.parse(textOf(realistic, 'report.json')) as ReportData;
    expect(json).to.deep.include(data);
    const page = textOf(realistic, 'report.html');
    const shown = new Set([...page.matchAll(/<data value="([^"]*)">/g)].map(([, value]) => Number(value)));
    const { metrics } = json;
    expect([...shown]).to.include.members([
      metrics.accuracy,
      metrics.balancedAccuracy,
      metrics.logLoss,
      metrics.count,
      ...metrics.perClass.flatMap(({ precision, recall, f1, support }) => [precision, recall, f1, support]),
    ]);
  });

  it('prints each number as the rounded form of what programs read', () => {
    const page = textOf(realistic, 'report.html');
    const numbers = [...page.matchAll(/<data value="([^"]*)">([^<]*)<\/data>/g)];
    expect(numbers).to.have.length.above(60);
    for (const [element, value, text = ''] of numbers) {
      if (/[hm]/.test(text)) continue;
      const digits = /\.(\d+)$/.exec(text)?.[1]?.length ?? 0;
      const printed = Number(text.replaceAll(',', ''));
      const candidates = [Number(value), Number(value) * 100].map((number) => Math.abs(number - printed));
      expect(Math.min(...candidates), element).to.be.at.most(0.5 * 10 ** -digits + 1e-9);
    }
  });

  it('says loudly that synthetic data say nothing about speech, and only then', () => {
    const [synthetic, real] = [textOf(extreme, 'report.html'), textOf(realistic, 'report.html')];
    expect(synthetic).to.include('Synthetic demo data.').and.include('must not be compared');
    expect(real).to.include('are not like for like').and.not.include('ynthetic');
  });

  it('compares like with like when corpora, size, protocol and features are the original’s', async () => {
    const data = realisticReport();
    data.model.trainedOn.corpora = ['TESS', 'SAVEE', 'RAVDESS', 'CREMA-D'];
    data.catalogue.usable = 12_150;
    const page = textOf(await renderReport(data), 'report.html');
    expect(page).to.include('same corpora, kind of split').and.to.not.include('not like for like');
  });

  it('writes every answer as a row of a table', () => {
    const rows = textOf(realistic, 'predictions.csv').trimEnd().split('\n');
    expect(rows).to.have.length(1 + realisticReport().metrics.count);
    expect(rows[0]).to.match(/^path,corpus,speaker,sex,emotion,predicted,p_angry,.*,p_surprise$/);
  });

  it('leaves out what single answers say when the data do not hold them', async () => {
    const { tested, ...data } = realisticReport();
    const files = await renderReport(data);
    expect(tested).to.not.be.empty;
    expect([...files.keys()])
      .to.include('charts/loss.svg')
      .and.not.include.members(['charts/calibration.svg']);
    expect(textOf(files, 'report.html')).to.not.include('Confidence and groups');
  });

  it('shows a report of a single class without a recording in the test part', async () => {
    const data = extremeReport();
    const none = { precision: 0, recall: 0, f1: 0 };
    data.metrics = {
      labels: ['calm'],
      accuracy: 0,
      balancedAccuracy: 0,
      logLoss: 0,
      macro: none,
      weighted: none,
      perClass: [{ label: 'calm', ...none, support: 0 }],
      confusion: [[0]],
      count: 0,
    };
    data.model.history = [];
    data.tested = [];
    expect(textOf(await renderReport(data), 'report.html')).to.not.match(/NaN|Infinity|undefined/);
  });
});
