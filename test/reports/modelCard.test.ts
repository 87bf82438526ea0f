import { expect } from 'chai';
import { reportFigures } from '../../core/reports/figures.js';
import { modelCard } from '../../core/reports/modelCard.js';
import { caveats } from '../../core/reports/sections/caveats.js';
import { extremeReport, realisticReport } from './fakeReport.js';

describe('modelCard', () => {
  const data = realisticReport();
  const figures = reportFigures(data);
  const card = modelCard(data, figures);

  it('holds a row for every class, with the scores of the evaluation', () => {
    for (const { label, precision, recall, f1, support } of data.metrics.perClass) {
      const [row] = card.match(new RegExp(`^\\| ${label} \\| .*$`, 'm')) ?? [];
      const shown = row?.split('|').slice(2, -1).map(Number);
      expect(shown, label).to.deep.equal([
        ...[precision, recall, f1].map((share) => Number((share * 100).toFixed(1))),
        support,
      ]);
    }
  });

  it('names corpora, licences, seeds and keys', () => {
    expect(card).to.include('| RAVDESS | 512 |').and.include('Not for commercial use.').and.include('277,192 weights');
    for (const key of Object.values(data.lineage)) expect(card).to.include(key);
  });

  it('has the caveats of the page', () => {
    expect(caveats(data, figures).length).to.be.above(3);
    expect(card.match(/^- .*speakers never heard.*$/m)).to.not.equal(null);
  });

  it('says first of all that synthetic data say nothing', () => {
    const extreme = extremeReport();
    const lines = modelCard(extreme, reportFigures(extreme)).split('\n');
    expect(lines[2]).to.match(/^\*\*Synthetic demo data/);
    expect(card).to.not.include('ynthetic');
  });

  it('takes no markup from names of others', () => {
    const extreme = extremeReport();
    extreme.config.name = 'a|b\n# c';
    const text = modelCard(extreme, reportFigures(extreme));
    expect(text).to.not.match(/(?<!\\)<script/);
    expect(text.split('\n')[0]).to.equal('# a\\|b # c');
  });
});
