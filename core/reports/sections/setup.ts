import { STAGES } from '../../contracts/names.js';
import type { ReportData, StageTiming } from '../../contracts/report.js';
import type { ReportFigures } from '../figures.js';
import { countData, formatPercent } from '../format.js';
import {
  describeDropout,
  describeLayers,
  describeScaling,
  describeSplit,
  describeTraining,
} from '../trainingSettings.js';
import { definitions, html, scrollableTable, type Html } from '../html.js';

/** Configuration, versions, and the keys under which every stage's output lies in the store. */
export function setupSection(data: ReportData, { networkParameters }: ReportFigures): Html {
  const { config, model } = data;
  const { parameters, featureSet } = model;
  return html`<div class="columns">
      <div>
        <h3>Data and features</h3>
        ${definitions([
          ['Sources', config.data.sources.map((source) => html`<code>${source}</code> `)],
          ['Features', `${featureSet.name}, version ${featureSet.version}, ${featureSet.columns.length} columns`],
          ['Scaling', describeScaling(parameters)],
          ['Protocol', describeSplit(config.split)],
          ['Split seed', config.split.seed],
          ['Reject limit', formatPercent(config.data.maxRejected)],
          ['Champion', promotion(config.promote)],
        ])}
      </div>
      <div>
        <h3>Network and training</h3>
        ${definitions([
          ['Preset', config.preset ?? 'original'],
          ['Layers', describeLayers(model, ' – ')],
          ['Dropout', describeDropout(parameters)],
          ['Weights', countData(networkParameters)],
          ...describeTraining(parameters),
          ['Training seed', parameters.seed],
          ['Backend', `${model.backend} (asked for: ${config.backend})`],
        ])}
      </div>
    </div>
    <div class="columns">
      <div>
        <h3>Versions</h3>
        ${definitions([['ser', data.version], ...Object.entries(data.versions)])}
      </div>
      <div>
        <h3>Lineage</h3>
        <p class="quiet">
          Keys of the stages in the store; equal keys mean equal inputs, code and seeds. That of extractFeatures stands
          for the keys of all its shards.
        </p>
        ${definitions(stagesInOrder(data.lineage).map(([stage, key]) => [stage, html`<code>${key}</code>`] as const))}
      </div>
    </div>
    ${data.timings === undefined ? undefined : timingTable(data.timings)}`;
}

export function timingTable(timings: readonly StageTiming[]): Html {
  const total = timings.reduce((sum, { seconds }) => sum + seconds, 0);
  const row = (label: string, state: string, seconds: number) =>
    html`<tr>
      <th scope="row" class="text">${label}</th>
      <td class="text">${state}</td>
      <td class="number"><data value="${seconds}">${seconds.toFixed(1)}</data></td>
    </tr>`;
  return html`<h3>Time by stage</h3>
    <p class="quiet">
      When this report was written, from the start of a stage to its end. What was reused took no work.
    </p>
    ${scrollableTable(
      'Time by stage',
      html`<tr>
        <th scope="col">stage</th>
        <th scope="col">state</th>
        <th scope="col" class="number">seconds</th>
      </tr>`,
      timings.map(({ stage, state, seconds }) => row(stage, state, seconds)),
      row('all', '', total),
    )}`;
}

export function stagesInOrder(lineage: ReportData['lineage']): [string, string][] {
  const rank = (stage: string) => {
    const index = (STAGES as readonly string[]).indexOf(stage);
    return index < 0 ? STAGES.length : index;
  };
  return Object.entries(lineage).sort(([a], [b]) => rank(a) - rank(b));
}

function promotion(promote: ReportData['config']['promote']): string {
  const rules = {
    better: 'if it is better on the same test files',
    higher: 'if its score is higher on the same test files',
    always: 'always',
    never: 'never',
  } satisfies Record<ReportData['config']['promote'], string>;
  return rules[promote];
}
