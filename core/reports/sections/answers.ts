import { countData, formatShare, shareData } from '../format.js';
import { html, scrollableTable, type Html } from '../html.js';
import { recordingLink } from '../links.js';
import type { Figures } from '../pageFrame.js';
import type { GroupScore, TestedFigures } from '../testedFigures.js';

/** What single answers say: whether confidence can be believed, for whom the model works, where it is surely wrong. */
export function answersSection(tested: TestedFigures, charts: Figures, remark?: string): Html {
  return html`${remark === undefined ? undefined : html`<p class="quiet">${remark}</p>`}
    <div class="columns">
      <div>
        ${charts('calibration', 'On the dashed line, confidence is what it says it is')}
        <p>
          Expected calibration error
          <data value="${tested.expectedCalibrationError}">${formatShare(tested.expectedCalibrationError, 1)}</data> %:
          the mean gap between how sure the model was and how often it was right.
        </p>
        <h3>Accuracy by corpus and sex, %</h3>
        ${groupTable([...tested.corpora, ...tested.sexes])}
      </div>
      <div>${charts('speaker-accuracy', 'Bars are 95 % intervals')}</div>
    </div>
    <h3>Most confident mistakes</h3>
    ${mistakeTable(tested.mistakes)}`;
}

function groupTable(groups: readonly GroupScore[]): Html {
  return scrollableTable(
    'Accuracy by corpus and sex',
    html`<tr>
      <th scope="col">group</th>
      <th scope="col" class="number">recordings</th>
      <th scope="col" class="number">accuracy</th>
      <th scope="col" class="number">95 % interval</th>
    </tr>`,
    groups.map(
      ({ name, count, accuracy, interval }) =>
        html`<tr>
          <th scope="row" class="text">${name}</th>
          <td class="number">${countData(count)}</td>
          <td class="number">${shareData(accuracy)}</td>
          <td class="number">${formatShare(interval.low, 1)}–${formatShare(interval.high, 1)}</td>
        </tr>`,
    ),
  );
}

function mistakeTable(mistakes: TestedFigures['mistakes']): Html {
  if (mistakes.length === 0) return html`<p>None: every answer was right.</p>`;
  return html`<div class="wide">
    ${scrollableTable(
      'Most confident mistakes',
      html`<tr>
        <th scope="col">recording</th>
        <th scope="col">true</th>
        <th scope="col">taken for</th>
        <th scope="col" class="number">probability, %</th>
      </tr>`,
      mistakes.map(
        ({ path, audio, emotion, predicted, probability }) =>
          html`<tr>
            <th scope="row" class="text">${recordingLink({ path, audio })}</th>
            <td class="text">${emotion}</td>
            <td class="text">${predicted}</td>
            <td class="number"><data value="${probability}">${formatShare(probability, 1)}</data></td>
          </tr>`,
      ),
    )}
  </div>`;
}
