import type { ReportData } from '../../contracts/report.js';
import type { AverageScores, ClassScores } from '../../contracts/training.js';
import type { ReportFigures } from '../figures.js';
import { countData, formatShare, shareData } from '../format.js';
import { html, scrollableTable, type Content, type Html } from '../html.js';
import { ORIGINAL } from '../original.js';
import type { Figures } from '../page.js';

/** The headline metrics, and what to hold them against. */
export function resultsSection({ metrics }: ReportData, figures: ReportFigures): Html {
  const { low, high } = figures.accuracyInterval;
  const interval = `95 % interval ${formatShare(low, 1)}–${formatShare(high, 1)}`;
  return html`<dl class="tiles">
      ${tile('Accuracy', html`${shareData(metrics.accuracy, 2)} <small>%</small>`, interval)}
      ${tile('Macro F1', html`${shareData(metrics.macro.f1, 2)} <small>%</small>`, 'mean over the classes')}
      ${tile('Balanced accuracy', html`${shareData(metrics.balancedAccuracy, 2)} <small>%</small>`, 'mean recall, also UAR')}
      ${tile('Log loss', html`<data value="${metrics.logLoss}">${metrics.logLoss.toFixed(3)}</data>`, `uniform guess ${Math.log(metrics.labels.length).toFixed(3)}`)}
      ${tile('Tested on', countData(metrics.count), 'recordings')}
    </dl>
    <p class="quiet">
      The interval is Wilson’s, as if the test recordings were independent of one another; recordings of one speaker are
      not, so the true uncertainty is larger.
    </p>`;
}

function tile(label: string, value: Content, aside: string): Html {
  return html`<div>
    <dt>${label}</dt>
    <dd class="value">${value}</dd>
    <dd class="aside">${aside}</dd>
  </div>`;
}

/** Confusion matrix, scores and table by class, and the confusions that weigh most. */
export function classesSection(
  { metrics }: ReportData,
  { confusions, originalF1 }: ReportFigures,
  charts: Figures,
): Html {
  return html`<div class="columns">
      ${charts('confusion-matrix', 'Share of each true emotion, and number of recordings')}
      <div>${charts('class-scores', 'Far apart: the class is guessed too often or too seldom')}</div>
    </div>
    <div class="columns">
      <div>
        <h3>Scores by class, %</h3>
        ${classTable(metrics, originalF1)}
      </div>
      <div>
        <h3>Most frequent confusions</h3>
        ${confusionTable(confusions)}
      </div>
    </div>`;
}

function classTable(
  { perClass, macro, weighted, count }: ReportData['metrics'],
  originalF1: ReportFigures['originalF1'],
): Html {
  const compared = originalF1.length > 0;
  const cells = ({ precision, recall, f1 }: AverageScores) =>
    [precision, recall, f1].map((share) => html`<td class="number">${shareData(share)}</td>`);
  const original = (f1: number | undefined) =>
    compared ? html`<td class="number quiet">${f1 === undefined ? '–' : formatShare(f1, 1)}</td>` : undefined;
  const row = (label: string, scores: AverageScores, support: number, f1: number | undefined) =>
    html`<tr>
      <th scope="row" class="text">${label}</th>
      ${cells(scores)}
      <td class="number">${countData(support)}</td>
      ${original(f1)}
    </tr>`;
  return scrollableTable(
    'Scores by class',
    html`<tr>
      <th scope="col">emotion</th>
      ${['precision', 'recall', 'F1', 'support'].map((name) => html`<th scope="col" class="number">${name}</th>`)}${compared ? html`<th scope="col" class="number">original’s F1</th>` : undefined}
    </tr>`,
    perClass.map((scores: ClassScores) =>
      row(scores.label, scores, scores.support, originalF1.find(({ label }) => label === scores.label)?.f1),
    ),
    [
      row('macro average', macro, count, ORIGINAL.macro.f1),
      row('weighted average', weighted, count, ORIGINAL.weighted.f1),
    ],
  );
}

function confusionTable(confusions: ReportFigures['confusions']): Html {
  if (confusions.length === 0) return html`<p>No test recording was taken for another class.</p>`;
  return scrollableTable(
    'Most frequent confusions',
    html`<tr>
      <th scope="col">true</th>
      <th scope="col">taken for</th>
      <th scope="col" class="number">recordings</th>
      <th scope="col" class="number">of its class, %</th>
    </tr>`,
    confusions.map(
      ({ truth, predicted, count, share }) =>
        html`<tr>
          <th scope="row" class="text">${truth}</th>
          <td class="text">${predicted}</td>
          <td class="number">${countData(count)}</td>
          <td class="number">${shareData(share)}</td>
        </tr>`,
    ),
  );
}
