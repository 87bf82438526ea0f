import type { ExperimentResults, Headline, HeadlineSpread, SearchConfig, Spread } from '../../contracts/experiment.js';
import { describePoint } from '../../contracts/trials.js';
import { countData, formatCount, formatNumberOf, formatShare, shareData } from '../format.js';
import { html, scrollableTable, type Content, type Html } from '../html.js';

const SCORES = ['accuracy', 'macro F1', 'balanced accuracy', 'log loss'];

/** Each test part by itself, each seed with its folds together, and how much they differ. */
export function repetitionsSection({ repetitions, seeds, overFolds, overSeeds, leftOut }: ExperimentResults): Html {
  const folded = repetitions.some(({ split }) => split.fold !== undefined);
  const rows = repetitions.map(({ seed, split, metrics }) =>
    row([folded ? html`<td class="number">${(split.fold?.index ?? 0) + 1}</td>` : undefined, seedCell(seed)], metrics),
  );
  const bySeed = seeds.map(({ seed, metrics }) =>
    row([folded ? html`<td class="number">all</td>` : undefined, seedCell(seed)], metrics),
  );
  const spread = [
    ...(overFolds === undefined ? [] : [spreadRow('mean and deviation over the folds', folded, overFolds)]),
    ...(overSeeds === undefined ? [] : [spreadRow('mean and deviation over the seeds', folded, overSeeds)]),
  ];
  return html`<p>${explanation(folded, seeds.length, leftOut)}</p>
    <div class="wide">
      ${scrollableTable('Every test part', heads(folded), folded ? [...rows, ...bySeed] : rows, spread)}
    </div>`;
}

function explanation(folded: boolean, seeds: number, leftOut: number): string {
  const folds = folded
    ? 'Every recording is in the test part of one fold, and its answer comes from the model of that fold, which never saw it. The scores of a seed are those of all these answers together.'
    : 'Each seed has a test part of its own.';
  const repeated = seeds > 1 ? ` The whole is repeated under ${formatCount(seeds)} seeds.` : '';
  const out =
    leftOut > 0
      ? ` ${formatNumberOf(leftOut, 'recording')} could not be tested: their fold has no training for their class.`
      : '';
  return `${folds}${repeated}${out}`;
}

function heads(folded: boolean): Html {
  return html`<tr>
    ${[...(folded ? ['fold'] : []), 'seed', 'recordings', ...SCORES].map((name) => html`<th scope="col" class="number">${name}</th>`)}
  </tr>`;
}

function seedCell(seed: number): Html {
  return html`<td class="number">${seed}</td>`;
}

function row(first: Content[], { accuracy, macroF1, balancedAccuracy, logLoss, count }: Headline): Html {
  return html`<tr>
    ${first}
    <td class="number">${countData(count)}</td>
    ${[accuracy, macroF1, balancedAccuracy].map((share) => html`<td class="number">${shareData(share)}</td>`)}
    <td class="number"><data value="${logLoss}">${logLoss.toFixed(3)}</data></td>
  </tr>`;
}

function spreadRow(label: string, folded: boolean, spread: HeadlineSpread): Html {
  const share = ({ mean, deviation }: Spread) => `${formatShare(mean, 1)} ± ${formatShare(deviation, 1)}`;
  const { accuracy, macroF1, balancedAccuracy, logLoss } = spread;
  return html`<tr>
    <th scope="row" class="text" colspan="${folded ? 3 : 2}">${label}</th>
    ${[accuracy, macroF1, balancedAccuracy].map((one) => html`<td class="number">${share(one)}</td>`)}
    <td class="number">${logLoss.mean.toFixed(3)} ± ${logLoss.deviation.toFixed(3)}</td>
  </tr>`;
}

/** Every trial of a search, the preferred one first, and what became of it. */
export function trialsSection(results: NonNullable<ExperimentResults['search']>, search: SearchConfig): Html {
  const value = (score: number) => (search.metric === 'logLoss' ? score.toFixed(3) : formatShare(score, 1));
  return html`<p>
      Trials were compared by ${search.metric} on inner folds of what is not tested; after each fold the better
      ${formatShare(search.keep, 0)} % of them went on. The scores here chose the trial and are too good for it: what it
      is worth is said under “Results”, on recordings that had no part in the choice.
    </p>
    <div class="wide">
      ${scrollableTable(
        'Trials',
        html`<tr>
          <th scope="col">trial</th>
          ${['inner folds', search.metric, 'deviation', '95 %', 'chosen by'].map((name) => html`<th scope="col" class="number">${name}</th>`)}
        </tr>`,
        results.trials.map(
          ({ point, folds, score, interval, failed, chosenBy }) =>
            html`<tr>
              <th scope="row" class="text">${describePoint(search.options, point)}</th>
              <td class="number">${folds} of ${results.innerFolds}${failed > 0 ? `, ${failed} failed` : ''}</td>
              <td class="number">${score === undefined ? '–' : value(score.mean)}</td>
              <td class="number">${score === undefined ? '–' : value(score.deviation)}</td>
              <td class="number quiet">
                ${interval === undefined ? '' : `${value(interval.low)}–${value(interval.high)}`}
              </td>
              <td class="number">${chosenBy > 0 ? countData(chosenBy) : ''}</td>
            </tr>`,
        ),
      )}
    </div>`;
}
