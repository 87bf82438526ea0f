import type { ChampionScores, ReportData } from '../../contracts/report.js';
import { countData, formatNumberOf, formatPoints, shareData, withSign } from '../format.js';
import { signTest } from '../../contracts/signTest.js';
import { html, scrollableTable, type Html } from '../html.js';

/** The run beside the champion of the moment in which the report was written. */
export function championSection({ metrics }: ReportData, champion: ChampionScores): Html {
  const { run, metrics: theirs, sameSplit } = champion;
  const row = (label: string, ours: Html, other: Html, difference: string) =>
    html`<tr>
      <th scope="row">${label}</th>
      <td class="number">${ours}</td>
      <td class="number">${other}</td>
      ${sameSplit ? html`<td class="number">${difference}</td>` : undefined}
    </tr>`;
  const shareRow = (label: string, ours: number, other: number) =>
    row(`${label}, %`, shareData(ours, 2), shareData(other, 2), `${formatPoints(ours - other)} points`);
  const loss = (value: number) => html`<data value="${value}">${value.toFixed(3)}</data>`;
  return html`${verdict(champion)}
  ${scrollableTable(
    'Comparison with the champion',
    html`<tr>
      <th scope="col">test part</th>
      <th scope="col" class="number">this run</th>
      <th scope="col" class="number">${run}</th>
      ${sameSplit ? html`<th scope="col" class="number">difference</th>` : undefined}
    </tr>`,
    [
      shareRow('accuracy', metrics.accuracy, theirs.accuracy),
      shareRow('macro F1', metrics.macro.f1, theirs.macroF1),
      shareRow('balanced accuracy', metrics.balancedAccuracy, theirs.balancedAccuracy),
      row('log loss', loss(metrics.logLoss), loss(theirs.logLoss), withSign(metrics.logLoss - theirs.logLoss, 3)),
      row('recordings tested', countData(metrics.count), countData(theirs.count), ''),
    ],
  )}`;
}

function verdict({ run, sameSplit, disagreement }: ChampionScores): Html {
  if (!sameSplit || disagreement === undefined) {
    return html`<p class="note">
      <strong>Not like for like.</strong> The champion when this was written, ${run}, was tested on other recordings.
    </p>`;
  }
  const { onlyThis, onlyChampion } = disagreement;
  return html`<p class="note">
    The champion when this was written, ${run}, was tested on the same recordings. This run alone is right about
    ${formatNumberOf(onlyThis, 'recording')}, the champion alone about ${formatNumberOf(onlyChampion, 'recording')}:
    ${chanceSentence(onlyThis, onlyChampion)}
  </p>`;
}

/** McNemar's exact test (1947): how likely so uneven a division is if each were equally often the only right one. */
function chanceSentence(a: number, b: number): string {
  const p = signTest(a, b);
  const rounded = p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(3)}`;
  return p < 0.05
    ? `more than chance explains (McNemar’s test, ${rounded}).`
    : `no more than chance explains (McNemar’s test, ${rounded}).`;
}
