import { EMOTIONS } from '../../contracts/emotions.js';
import type { ReportData } from '../../contracts/report.js';
import type { ReportFigures } from '../figures.js';
import { formatCount, formatPercent, formatShare } from '../format.js';
import { html, type Html } from '../html.js';
import { ORIGINAL } from '../original.js';

/** Classes with fewer test recordings have scores that one or two recordings move by points. */
const FEW_TESTED = 30;

/** What a reader must know before using the numbers, as far as it holds for this run. */
export function caveats({ config, metrics, model }: ReportData, figures: ReportFigures): string[] {
  const { low, high } = figures.accuracyInterval;
  const { synthetic, corpora } = model.trainedOn;
  const few = metrics.perClass.filter(({ support }) => support < FEW_TESTED);
  const unknown = EMOTIONS.filter((emotion) => !metrics.labels.includes(emotion));
  const acted = corpora.filter((corpus) => (ORIGINAL.corpora as readonly string[]).includes(corpus));
  const all: (string | false)[] = [
    synthetic &&
      'The recordings are synthetic. The scores show that the pipeline works; they say nothing about speech of people.',
    config.split.protocol === 'random' &&
      'The random split shares speakers between its parts, and sentences too. The scores hold for new recordings of these speakers; for speakers never heard they are considerably lower. Protocol “speaker” measures that.',
    config.split.protocol === 'sentence' &&
      'The split by sentence shares speakers between its parts: the scores hold for new sentences of these speakers, and are lower for speakers never heard.',
    model.parameters.normalise === 'speaker' &&
      'Features are measured against the mean and deviation of all recordings of their speaker, those of the test part included (no label is used). The scores hold where several recordings of each speaker, of all emotions alike, are at hand when the model is used.',
    `With ${formatCount(metrics.count)} test recordings, an accuracy between ${formatShare(low, 1)} and ${formatPercent(high)} is compatible with what was seen, and another seed of the split or of the training gives other numbers.`,
    few.length > 0 &&
      `Fewer than ${FEW_TESTED} test recordings stand behind the scores of ${few.length === metrics.labels.length ? 'every class' : few.map(({ label, support }) => `${label} (${support})`).join(', ')}.`,
    unknown.length > 0 && `The model does not know ${unknown.join(', ')}: such speech is given another name.`,
    !synthetic &&
      acted.length > 0 &&
      `${acted.join(', ')} ${acted.length === 1 ? 'holds' : 'hold'} acted emotions in scripted English sentences, recorded in studios. Spontaneous speech, other languages and other microphones are another matter.`,
    figures.rejectedShare > 0 &&
      `${formatPercent(figures.rejectedShare, 2)} of the files were rejected and are in no number here.`,
    'A label is a guess about how speech sounds, not about what a person feels; decisions about people should not rest on it.',
  ];
  return all.filter((caveat) => caveat !== false);
}

export function caveatsSection(data: ReportData, figures: ReportFigures): Html {
  return html`<ul class="plain">
    ${caveats(data, figures).map((caveat) => html`<li>${caveat}</li>`)}
  </ul>`;
}
