import { Resvg } from '@resvg/resvg-js';
import { expect } from 'chai';
import { createChartRenderer, type Chart, type DrawnChart } from '../../core/reports/chart.js';
import { reportCharts } from '../../core/reports/charts/index.js';
import { reportFigures } from '../../core/reports/figures.js';
import { extremeReport, realisticReport } from './fakeReport.js';

const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

async function draw(charts: readonly Chart[]): Promise<DrawnChart[]> {
  const render = await createChartRenderer();
  const drawn: DrawnChart[] = [];
  for (const chart of charts) drawn.push(await render(chart));
  return drawn;
}

describe('charts of a report', () => {
  const reports = [realisticReport(), extremeReport()];
  let charts: DrawnChart[];

  before(async () => {
    charts = await draw(reports.flatMap((report) => reportCharts(report, reportFigures(report))));
  });

  it('are well-formed XML', () => {
    for (const { name, svg } of charts) expect(() => new Resvg(svg), name).to.not.throw();
    expect(() => new Resvg('<svg xmlns="http://www.w3.org/2000/svg"><g></svg>')).to.throw();
  });

  it('carry a title and a description as their alternative text', () => {
    for (const { name, svg } of charts) {
      expect(svg, name).to.match(
        /^<svg [^>]*role="img" aria-labelledby="[\w-]+-title" aria-describedby="[\w-]+-desc">/,
      );
      expect(svg, name).to.match(/<title id="[\w-]+-title">[^<]{10,}<\/title><desc id="[\w-]+-desc">[^<]{20,}<\/desc>/);
    }
  });

  it('are PNG files of twice the size of their SVG', () => {
    for (const { name, svg, png } of charts) {
      const header = new DataView(png.buffer, png.byteOffset, 24);
      const [, width = 0, height = 0] = (/viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg) ?? []).map(Number);
      expect([...png.subarray(0, 8)], name).to.deep.equal(PNG_SIGNATURE);
      expect(header.getUint32(16), name).to.be.closeTo(2 * width, 2);
      expect(header.getUint32(20), name).to.be.closeTo(2 * height, 2);
      expect(width, name).to.be.within(200, 700);
    }
  });

  it('show every cell of the confusion matrix as share and count', () => {
    const [{ metrics }] = [realisticReport()];
    const svg = charts.find(({ name }) => name === 'confusion-matrix')?.svg ?? '';
    const texts = [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);
    const counts = metrics.confusion.flat().filter((count) => count > 0);
    expect(texts.filter((text) => /^\d+$/.test(text ?? '')).map(Number)).to.deep.equal(counts);
    expect(texts.filter((text) => /^\d+%$/.test(text ?? ''))).to.have.length(counts.length);
  });

  it('do not depend on what was drawn before', async () => {
    const report = realisticReport();
    const all = reportCharts(report, reportFigures(report));
    const alone = await draw(all.filter(({ name }) => name === 'loss'));
    expect(alone[0]?.svg).to.equal(charts.find(({ name }) => name === 'loss')?.svg);
  });

  it('draw their text in the font that is shipped', async () => {
    const blank = (text: string): Chart => ({
      name: 'words',
      title: 'words',
      description: 'one word',
      spec: {
        data: { values: [{ text }] },
        width: 100,
        height: 30,
        mark: 'text',
        encoding: { text: { field: 'text', type: 'nominal' } },
      },
    });
    const [latin, greek, nothing] = await draw([blank('happy'), blank('χαρά'), blank(' ')]);
    expect(latin?.png.length).to.be.above((nothing?.png.length ?? 0) + 100);
    expect(greek?.png.length).to.be.above((nothing?.png.length ?? 0) + 100);
  });

  it('tell the classes of a very large matrix by shares alone', async () => {
    const labels = Array.from({ length: 20 }, (_, index) => `class ${index}`);
    const report = realisticReport();
    report.metrics.labels = labels;
    report.metrics.confusion = labels.map((_, row) => labels.map((__, column) => (row === column ? 7 : 1)));
    const matrix = reportCharts(report, reportFigures(report)).filter(({ name }) => name === 'confusion-matrix');
    const [drawn] = await draw(matrix);
    expect(drawn?.svg)
      .to.include('>27%<')
      .and.to.not.match(/<text[^>]*>7<\/text>/);
  });
});
