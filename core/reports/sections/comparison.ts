import type { ReportData } from '../../contracts/report.js';
import type { ReportFigures } from '../figures.js';
import { countData, formatCount, formatNumberOf, formatPoints, formatShare, shareData, withSign } from '../format.js';
import { html, scrollableTable, type Html } from '../html.js';
import { ORIGINAL } from '../original.js';

/** The run beside what the original published of itself, and whether the two may be compared at all. */
export function comparisonSection({ metrics, model }: ReportData, { differencesFromOriginal }: ReportFigures): Html {
  const { synthetic } = model.trainedOn;
  const row = (label: string, ours: Html, theirs: string, difference: string) =>
    html`<tr>
      <th scope="row">${label}</th>
      <td class="number">${ours}</td>
      <td class="number">${theirs}</td>
      ${synthetic ? undefined : html`<td class="number">${difference}</td>`}
    </tr>`;
  const shareRow = (label: string, ours: number, theirs: number) =>
    row(`${label}, %`, shareData(ours, 2), formatShare(theirs, 2), `${formatPoints(ours - theirs)} points`);
  return html`${verdict(synthetic, differencesFromOriginal)}
  ${scrollableTable(
    'Comparison with the original',
    html`<tr>
      <th scope="col">test part</th>
      <th scope="col" class="number">this run</th>
      <th scope="col" class="number">original</th>
      ${synthetic ? undefined : html`<th scope="col" class="number">difference</th>`}
    </tr>`,
    [
      shareRow('accuracy', metrics.accuracy, ORIGINAL.accuracy),
      shareRow('macro F1', metrics.macro.f1, ORIGINAL.macro.f1),
      shareRow('macro recall', metrics.macro.recall, ORIGINAL.macro.recall),
      shareRow('weighted F1', metrics.weighted.f1, ORIGINAL.weighted.f1),
      row(
        'log loss',
        html`<data value="${metrics.logLoss}">${metrics.logLoss.toFixed(3)}</data>`,
        ORIGINAL.logLoss.toFixed(3),
        withSign(metrics.logLoss - ORIGINAL.logLoss, 3),
      ),
      row('recordings tested', countData(metrics.count), formatCount(ORIGINAL.testRecordings), ''),
    ],
  )}`;
}

function verdict(synthetic: boolean, differences: readonly string[]): Html {
  const original = `The original was trained on ${formatNumberOf(ORIGINAL.recordings, 'recording')} of ${ORIGINAL.corpora.join(', ')}, split at random.`;
  if (differences.length === 0) {
    return html`<p class="note">
      ${original} This run has the same corpora, kind of split and features, though not the same files in its test part:
      differences of about two points are within the noise of a split.
    </p>`;
  }
  const start = synthetic ? 'The numbers below must not be compared' : 'The numbers below are not like for like';
  return html`<p class="note"><strong>${start}.</strong> ${original} This run differs: ${differences.join('; ')}.</p>`;
}
