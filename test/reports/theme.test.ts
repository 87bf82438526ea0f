import { expect } from 'chai';
import { COLOUR_CSS, COLOURS, DEEP_CELL_SHARE, withSchemeColours } from '../../core/reports/theme.js';

type Scheme = Record<string, string>;

/** The custom properties of the light and of the dark scheme, as the page declares them. */
function schemes(): Scheme[] {
  return [...COLOUR_CSS.matchAll(/:root\{([^}]*)\}/g)].map(([, body = '']) =>
    Object.fromEntries([...body.matchAll(/--(\w+):(#\w+)/g)].map(([, name = '', value = '']) => [name, value])),
  );
}

function channels(colour: string): number[] {
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
}

/** WCAG 2 relative luminance and contrast. */
function luminance(rgb: number[]): number {
  const linear = rgb.map((value) =>
    value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * (linear[0] ?? 0) + 0.7152 * (linear[1] ?? 0) + 0.0722 * (linear[2] ?? 0);
}

function contrast(a: number[], b: number[]): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

describe('theme', () => {
  it('uses each colour of a chart for one purpose, so that it can be exchanged', () => {
    expect(new Set(Object.values(COLOURS)).size).to.equal(Object.keys(COLOURS).length);
    expect(withSchemeColours(`<path fill="${COLOURS.ink}"/>`)).to.equal('<path fill="var(--ink)"/>');
  });

  it('keeps text legible on the page in both schemes', () => {
    expect(schemes()).to.have.length(2);
    for (const scheme of schemes()) {
      const on = (name: string) => contrast(channels(scheme[name] ?? ''), channels(scheme.surface ?? ''));
      expect(on('ink')).to.be.at.least(12);
      expect(on('muted')).to.be.at.least(4.5);
    }
  });

  it('keeps numbers legible on every shade of the confusion matrix in both schemes', () => {
    for (const { surface = '', cell = '', onFaintCell = '', onDeepCell = '' } of schemes()) {
      for (let share = 0; share <= 1; share += 0.01) {
        const base = channels(surface);
        const shade = channels(cell).map((value, index) => (base[index] ?? 0) + share * (value - (base[index] ?? 0)));
        const text = share > DEEP_CELL_SHARE ? onDeepCell : onFaintCell;
        expect(contrast(shade, channels(text)), `${cell} at ${share.toFixed(2)}`).to.be.at.least(4.49);
      }
    }
  });
});
