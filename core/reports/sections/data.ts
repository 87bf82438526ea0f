import type { LeakCheck, ReportData } from '../../contracts/report.js';
import type { Part } from '../../contracts/utterance.js';
import type { ReportFigures } from '../figures.js';
import { countData, formatCount, formatDuration, formatNumberOf, formatPercent } from '../format.js';
import { describeSplit } from '../trainingSettings.js';
import { groupBy } from '../groupBy.js';
import { html, scrollableTable, type Html } from '../html.js';
import type { Figures } from '../pageFrame.js';

/** Rejects listed on the page; all of them stand in the JSON. */
const LISTED_REJECTS = 100;
const LISTED_REASONS = 10;

const PARTS: readonly Part[] = ['train', 'validation', 'test'];

export const PROTOCOLS = {
  random:
    'Each emotion was put in an order drawn from the seed and cut 71.3 : 13.2 : 15.5. Recordings of one speaker are in all three parts.',
  speaker: 'Whole speakers were put into one part each, so nobody in the test part was heard in training.',
  sentence: 'Whole sentences were put into one part each, so nothing said in the test part was said in training.',
  corpus: 'One corpus is the test part, the others were trained on: nothing of it was heard in training.',
} satisfies Record<ReportData['config']['split']['protocol'], string>;

/** What was trained on what: counts, hours, protocol, licences and rejects. */
export function dataSection(data: ReportData, figures: ReportFigures, charts: Figures): Html {
  const { split } = data.config;
  return html`<p>
      Split protocol <strong>${describeSplit(split)}</strong>, seed <data value="${split.seed}">${split.seed}</data>.
      ${PROTOCOLS[split.protocol]} ${data.leakCheck === undefined ? undefined : leakSentence(data.leakCheck)}
    </p>
    <div class="columns">
      <div>
        <h3>Recordings by corpus and part</h3>
        ${corpusTable(figures)}
        <h3>Recordings by emotion and part</h3>
        ${emotionTable(data)}
      </div>
      <div>${charts('emotion-counts')}</div>
    </div>
    <h3>Licences and citations</h3>
    ${licenceTable(data)}
    <h3>Rejected recordings</h3>
    ${rejects(data, figures.rejectedShare)}`;
}

/** What was counted over the split as it was written, not what its maker meant to do. */
function leakSentence(check: LeakCheck): Html {
  const { holds, speakers, sharedRecordings, sharedSpeakers, sharedWithTest, leftOut, unassigned } = check;
  const kept =
    sharedWithTest > 0
      ? `; ${formatCount(sharedWithTest)} of what the protocol keeps apart in the test part and in another`
      : '';
  const out =
    leftOut > 0 ? `; ${formatNumberOf(leftOut, 'recording')} left out, because nothing was trained on their class` : '';
  const counts = `${formatNumberOf(sharedRecordings, 'recording')} in more than one part, ${formatCount(unassigned)} in none, ${formatNumberOf(sharedSpeakers, 'speaker')} in more than one part${kept}${out}`;
  const bySpeakers = PARTS.map((part) => `${formatCount(speakers[part])} in ${part}`).join(', ');
  return html`<strong>${holds ? 'Leak check passed' : 'Leak check failed'}:</strong> ${counts}. Speakers: ${bySpeakers}.`;
}

function corpusTable({ corpora, parts }: ReportFigures): Html {
  const seconds = corpora.reduce((sum, { durationSeconds }) => sum + durationSeconds, 0);
  const row = (label: string, counts: Record<Part, number>, duration: number) =>
    html`<tr>
      <th scope="row" class="text">${label}</th>
      ${PARTS.map((part) => html`<td class="number">${countData(counts[part])}</td>`)}
      <td class="number">${countData(PARTS.reduce((sum, part) => sum + counts[part], 0))}</td>
      <td class="number"><data value="${duration}">${formatDuration(duration)}</data></td>
    </tr>`;
  return scrollableTable(
    'Recordings by corpus and part',
    html`<tr>
      <th scope="col">corpus</th>
      ${[...PARTS, 'all', 'duration'].map((name) => html`<th scope="col" class="number">${name}</th>`)}
    </tr>`,
    corpora.map(({ corpus, parts: counts, durationSeconds }) => row(corpus, counts, durationSeconds)),
    corpora.length > 1 ? row('all', parts, seconds) : undefined,
  );
}

function emotionTable({ counts, metrics }: ReportData): Html {
  const labels = [...new Set([...metrics.labels, ...counts.map(({ emotion }) => emotion)])];
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  const countOf = (emotion: string, part?: Part) =>
    counts
      .filter((row) => row.emotion === emotion && (part === undefined || row.part === part))
      .reduce((sum, { count }) => sum + count, 0);
  return scrollableTable(
    'Recordings by emotion and part',
    html`<tr>
      <th scope="col">emotion</th>
      ${[...PARTS, 'all', 'share'].map((name) => html`<th scope="col" class="number">${name}</th>`)}
    </tr>`,
    labels.map(
      (label) =>
        html`<tr>
          <th scope="row" class="text">${label}</th>
          ${PARTS.map((part) => html`<td class="number">${countData(countOf(label, part))}</td>`)}
          <td class="number">${countData(countOf(label))}</td>
          <td class="number">${formatPercent(countOf(label) / total)}</td>
        </tr>`,
    ),
  );
}

export function licenceTable({ licences }: Pick<ReportData, 'licences'>): Html {
  if (licences.length === 0) return html`<p>No licence is known for these recordings.</p>`;
  return html`<div class="wide">
    ${scrollableTable(
      'Licences and citations',
      html`<tr>
        <th scope="col">corpus</th>
        <th scope="col">licence</th>
        <th scope="col">citation</th>
      </tr>`,
      licences.map(
        ({ corpus, licence, citation, condition }) =>
          html`<tr>
            <th scope="row" class="text">${corpus}</th>
            <td class="text">${[licence, condition].filter((text) => text !== '').join('. ')}</td>
            <td class="text">${citation}</td>
          </tr>`,
      ),
    )}
  </div>`;
}

export function rejects(
  { rejects: all, catalogue, config }: Pick<ReportData, 'rejects' | 'catalogue' | 'config'>,
  rejectedShare: number,
): Html {
  if (all.length === 0) return html`<p>None of ${formatNumberOf(catalogue.files, 'file')} was rejected.</p>`;
  const reasons = [...groupBy(all, ({ reason }) => reason)].sort(([, a], [, b]) => b.length - a.length);
  const rest = reasons.slice(LISTED_REASONS).reduce((sum, [, files]) => sum + files.length, 0);
  return html`<p>
      ${formatCount(all.length)} of ${formatNumberOf(catalogue.files, 'file')} (${formatPercent(rejectedShare, 2)}; the
      limit is
      ${formatPercent(config.data.maxRejected)}).${rest > 0 ? ` The ten most frequent reasons; ${formatCount(rest)} more files have others.` : undefined}
    </p>
    <div class="wide">
      ${scrollableTable(
        'Reasons for rejection',
        html`<tr>
          <th scope="col">reason</th>
          <th scope="col" class="number">files</th>
          <th scope="col">for example</th>
        </tr>`,
        reasons.slice(0, LISTED_REASONS).map(
          ([reason, files]) =>
            html`<tr>
              <th scope="row" class="text">${reason}</th>
              <td class="number">${countData(files.length)}</td>
              <td class="text"><code>${files[0]?.path}</code></td>
            </tr>`,
        ),
      )}
    </div>
    <details>
      <summary>
        ${all.length > LISTED_REJECTS ? `The first ${LISTED_REJECTS} of ${formatCount(all.length)} by name` : 'All of them by name'}
      </summary>
      <ul class="plain">
        ${all.slice(0, LISTED_REJECTS).map(({ path, reason }) => html`<li><code>${path}</code> ${reason}</li>`)}
      </ul>
    </details>`;
}
