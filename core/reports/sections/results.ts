import type { ReportData } from '../../contracts/report.js';
import type { AverageScores, ClassScores } from '../../contracts/training.js';
import type { ReportFigures } from '../figures.js';
import { LEAST_SPEAKERS } from '../bootstrap.js';
import { countData, formatCount, formatShare, shareData } from '../format.js';
import type { Interval } from '../interval.js';
import { fileNameOf, recordingLink } from '../links.js';
import { html, scrollableTable, type Content, type Html } from '../html.js';
import { ORIGINAL } from '../original.js';
import type { Figures } from '../pageFrame.js';

/** The headline metrics, and what to hold them against. */
export function resultsSection(
  { metrics }: Pick<ReportData, 'metrics'>,
  figures: Pick<ReportFigures, 'accuracyInterval' | 'intervals'>,
  holdFor = 'this model and split, not for another seed',
  counted = 'recordings',
): Html {
  const { accuracyInterval, intervals } = figures;
  const within = (interval: Interval | undefined, otherwise: string) =>
    interval === undefined ? otherwise : `95 % interval ${rangeOf(interval)}`;
  const loss = intervals?.logLoss;
  return html`<dl class="tiles">
      ${tile('Accuracy', html`${shareData(metrics.accuracy, 2)} <small>%</small>`, within(accuracyInterval, ''))}
      ${tile('Macro F1', html`${shareData(metrics.macro.f1, 2)} <small>%</small>`, within(intervals?.macroF1, 'mean over the classes'))}
      ${tile('Balanced accuracy', html`${shareData(metrics.balancedAccuracy, 2)} <small>%</small>`, within(intervals?.balancedAccuracy, 'mean recall, also UAR'))}
      ${tile('Log loss', html`<data value="${metrics.logLoss}">${metrics.logLoss.toFixed(3)}</data>`, loss === undefined ? `uniform guess ${Math.log(metrics.labels.length).toFixed(3)}` : `95 % interval ${loss.low.toFixed(3)}–${loss.high.toFixed(3)}`)}
      ${tile('Tested on', countData(metrics.count), counted)}
    </dl>
    <p class="quiet">${intervalSentence(intervals, holdFor)}</p>`;
}

function rangeOf({ low, high }: Interval): string {
  return `${formatShare(low, 1)}–${formatShare(high, 1)}`;
}

function intervalSentence(intervals: ReportFigures['intervals'], holdFor: string): string {
  if (intervals === undefined) {
    return 'The interval is Wilson’s, as if the test recordings were independent of one another; recordings of one speaker are not, so the true uncertainty is larger.';
  }
  const { bySpeaker, byRecording, resamples } = intervals;
  const speakers = bySpeaker.length === 0 ? [] : [`the speakers of ${bySpeaker.join(', ')}`];
  const recordings =
    byRecording.length === 0
      ? []
      : [`single recordings of ${byRecording.join(', ')} (fewer than ${LEAST_SPEAKERS} speakers known)`];
  const doubt =
    byRecording.length === 0
      ? ''
      : ' Recordings of one speaker resemble one another, so where single ones are drawn the true uncertainty is larger.';
  return `Intervals are percentiles of ${formatCount(resamples)} bootstrap resamples of the test part, which draw ${[...speakers, ...recordings].join(' and ')}. They hold for ${holdFor}.${doubt}`;
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
  { metrics }: Pick<ReportData, 'metrics'>,
  { confusions, originalF1, intervals }: Pick<ReportFigures, 'confusions' | 'originalF1' | 'intervals'>,
  charts: Figures,
): Html {
  return html`<div class="columns">
      ${charts('confusion-matrix', 'Share of each true emotion, and number of recordings')}
      <div>${charts('class-scores', 'Far apart: the class is guessed too often or too seldom')}</div>
    </div>
    <h3>Scores by class, %</h3>
    ${classTable(metrics, originalF1, intervals)}
    <h3>Most frequent confusions</h3>
    <div class="wide">${confusionTable(confusions)}</div>`;
}

function classTable(
  { perClass, macro, weighted, count }: ReportData['metrics'],
  originalF1: ReportFigures['originalF1'],
  intervals: ReportFigures['intervals'],
): Html {
  const compared = originalF1.length > 0;
  const cells = ({ precision, recall, f1 }: AverageScores) =>
    [precision, recall, f1].map((share) => html`<td class="number">${shareData(share)}</td>`);
  const original = (f1: number | undefined) =>
    compared ? html`<td class="number quiet">${f1 === undefined ? '–' : formatShare(f1, 1)}</td>` : undefined;
  const interval = (range: Interval | undefined) =>
    intervals === undefined
      ? undefined
      : html`<td class="number quiet">${range === undefined ? '' : rangeOf(range)}</td>`;
  const row = (label: string, scores: AverageScores, range: Interval | undefined, support: number, f1?: number) =>
    html`<tr>
      <th scope="row" class="text">${label}</th>
      ${cells(scores)}${interval(range)}
      <td class="number">${countData(support)}</td>
      ${original(f1)}
    </tr>`;
  return scrollableTable(
    'Scores by class',
    html`<tr>
      <th scope="col">emotion</th>
      ${['precision', 'recall', 'F1', ...(intervals === undefined ? [] : ['95 %']), 'support'].map((name) => html`<th scope="col" class="number">${name}</th>`)}${compared ? html`<th scope="col" class="number">original’s F1</th>` : undefined}
    </tr>`,
    perClass.map((scores: ClassScores, index) =>
      row(
        scores.label,
        scores,
        intervals?.f1[index],
        scores.support,
        originalF1.find(({ label }) => label === scores.label)?.f1,
      ),
    ),
    [
      row('macro average', macro, intervals?.macroF1, count, ORIGINAL.macro.f1),
      row('weighted average', weighted, undefined, count, ORIGINAL.weighted.f1),
    ],
  );
}

function confusionTable(confusions: ReportFigures['confusions']): Html {
  if (confusions.length === 0) return html`<p>No test recording was taken for another class.</p>`;
  const linked = confusions.some(({ recordings }) => recordings.length > 0);
  return scrollableTable(
    'Most frequent confusions',
    html`<tr>
      <th scope="col">true</th>
      <th scope="col">taken for</th>
      <th scope="col" class="number">recordings</th>
      <th scope="col" class="number">of its class, %</th>
      ${linked ? html`<th scope="col">for example</th>` : undefined}
    </tr>`,
    confusions.map(
      ({ truth, predicted, count, share, recordings }) =>
        html`<tr>
          <th scope="row" class="text">${truth}</th>
          <td class="text">${predicted}</td>
          <td class="number">${countData(count)}</td>
          <td class="number">${shareData(share)}</td>
          ${linked ? html`<td class="text">${recordings.map((one) => html`${recordingLink(one, fileNameOf(one.path))} `)}</td>` : undefined}
        </tr>`,
    ),
  );
}
