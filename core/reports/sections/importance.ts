import type { GroupImportance } from '../../contracts/training.js';
import { countData, formatShare } from '../format.js';
import { html, scrollableTable, type Html } from '../html.js';
import type { Figures } from '../pageFrame.js';

/** Which groups of features the model leans on. */
export function importanceSection(importance: readonly GroupImportance[], charts: Figures): Html {
  const ranked = [...importance].sort((a, b) => b.accuracyDrop - a.accuracyDrop);
  return html`<div class="columns">
    ${charts('feature-importance', 'Lines: one standard deviation over the shuffles')}
    <div>
      ${scrollableTable(
        'Accuracy lost by group of features',
        html`<tr>
          <th scope="col">group</th>
          <th scope="col" class="number">columns</th>
          <th scope="col" class="number">accuracy lost, points</th>
          <th scope="col" class="number">deviation</th>
        </tr>`,
        ranked.map(
          ({ group, columns, accuracyDrop, deviation }) =>
            html`<tr>
              <th scope="row" class="text">${group}</th>
              <td class="number">${countData(columns)}</td>
              <td class="number"><data value="${accuracyDrop}">${formatShare(accuracyDrop, 1)}</data></td>
              <td class="number">${formatShare(deviation, 1)}</td>
            </tr>`,
        ),
      )}
      <p class="quiet">
        A group’s columns are shuffled together among the test recordings, five times. Groups that say much the same are
        each found dispensable, so the losses need not add up.
      </p>
    </div>
  </div>`;
}
