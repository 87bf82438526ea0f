import { expect } from 'chai';
import fc from 'fast-check';
import { formatCount, formatDuration, formatNumberOf, formatPercent, formatPoints } from '../../core/reports/format.js';
import { escapeText, html } from '../../core/reports/html.js';

describe('format', () => {
  it('groups thousands', () => {
    expect([7, 999, 1000, 12_162, 1_234_567].map(formatCount)).to.deep.equal([
      '7',
      '999',
      '1,000',
      '12,162',
      '1,234,567',
    ]);
  });

  it('writes shares in percent and gaps for what is not a number', () => {
    expect(formatPercent(0.62301, 2)).to.equal('62.30\u00a0%');
    expect(formatPercent(Number.NaN)).to.equal('–');
  });

  it('signs differences, but not a difference that rounds to nothing', () => {
    expect([0.0213, -0.004, -0.0001].map((difference) => formatPoints(difference))).to.deep.equal([
      '+2.1',
      '−0.4',
      '0.0',
    ]);
  });

  it('writes long durations in hours, short ones in minutes', () => {
    expect([5472, 90].map(formatDuration)).to.deep.equal(['1.52\u00a0h', '1.5\u00a0min']);
  });

  it('knows one from many', () => {
    expect([1, 1462].map((count) => formatNumberOf(count, 'file'))).to.deep.equal(['1\u00a0file', '1,462\u00a0files']);
  });
});

describe('html', () => {
  it('lets no text open or close an element or an attribute', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(escapeText(text)).to.not.match(/[<>"']|&(?!(amp|lt|gt|quot|#39);)/);
        expect(html`<p title="${text}">${[text]}</p>`.markup.match(/[<>"]/g)).to.have.length(6);
      }),
    );
  });

  it('does not escape what is HTML already, joins lists and drops what is undefined', () => {
    expect(html`<b>${[1, 2].map((item) => html`<i>${item}</i>`)}${undefined}</b>`.markup).to.equal(
      '<b><i>1</i><i>2</i></b>',
    );
  });
});
