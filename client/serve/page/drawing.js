// What an answer looks like.

const SVG = 'http://www.w3.org/2000/svg';
const SPANS = 500;

const percent = (share) => `${(100 * share).toFixed(1)} %`;

function svg(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

function cell(name, text, attributes = {}) {
  const element = document.createElement(name);
  element.textContent = text;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

/** Draws the samples as the band between the lowest and the highest of each span, the loudest as high as there is room. */
export function drawWaveform(target, samples) {
  const length = Math.max(1, Math.ceil(samples.length / SPANS));
  const scale = 58 / samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 1e-6);
  const edges = { high: [], low: [] };
  for (let span = 0; span * length < samples.length; span++) {
    let [low, high] = [1, -1];
    for (const sample of samples.subarray(span * length, (span + 1) * length)) {
      low = Math.min(low, sample);
      high = Math.max(high, sample);
    }
    const x = (1000 * span * length) / samples.length;
    edges.high.push(`${x.toFixed(1)},${(60 - scale * high).toFixed(1)}`);
    edges.low.unshift(`${x.toFixed(1)},${(60 - scale * low + 0.8).toFixed(1)}`);
  }
  target.replaceChildren(svg('path', { d: `M${[...edges.high, ...edges.low].join('L')}Z` }));
}

/** Fills the table: a row for each label, its probability as a whole and over time. */
export function drawProbabilities(body, { emotion, probabilities, timeline = [], durationSeconds }) {
  const rows = Object.entries(probabilities).map(([label, probability]) => {
    const row = document.createElement('tr');
    row.className = label === emotion ? 'best' : '';
    const bar = svg('svg', { viewBox: '0 0 100 20', preserveAspectRatio: 'none', 'aria-hidden': 'true' });
    bar.append(
      svg('rect', { class: 'rail', x: 0, y: 8, width: 100, height: 4 }),
      svg('rect', { class: 'bar', x: 0, y: 5, width: (100 * probability).toFixed(2), height: 10 }),
    );
    const barCell = document.createElement('td');
    barCell.className = 'bar-cell';
    barCell.append(bar);
    const overTime = document.createElement('td');
    overTime.append(timelineOf(label, timeline, durationSeconds));
    row.append(
      cell('th', label, { scope: 'row' }),
      cell('td', percent(probability), { class: 'number' }),
      barCell,
      overTime,
    );
    return row;
  });
  body.replaceChildren(...rows);
}

/** The probability of a label along the recording: each span counts for the time about its middle. */
function timelineOf(label, timeline, durationSeconds) {
  const answered = timeline.filter((span) => span.error === undefined);
  const shares = answered.map((span) => span.probabilities[label]);
  const [least, most] = [Math.min(...shares), Math.max(...shares)];
  const text = answered.length === 0 ? 'no span has an answer' : `${percent(least)} to ${percent(most)}`;
  const drawing = svg('svg', {
    viewBox: '0 0 1000 30',
    preserveAspectRatio: 'none',
    role: 'img',
    'aria-label': `${label} over time: ${text}`,
  });
  drawing.append(svg('rect', { class: 'rail', x: 0, y: 29, width: 1000, height: 1 }));
  if (answered.length === 0) return drawing;
  const end = Math.max(durationSeconds, answered.at(-1).end);
  const x = (seconds) => ((1000 * seconds) / end).toFixed(1);
  const y = (share) => (29 - 28 * share).toFixed(1);
  const middles = answered.map(({ start, end: until }, index) => `${x((start + until) / 2)},${y(shares[index])}`);
  const points = [`0,${y(shares[0])}`, ...middles, `1000,${y(shares.at(-1))}`];
  drawing.append(svg('path', { class: 'area', d: `M0,29L${points.join('L')}L1000,29Z` }));
  return drawing;
}
