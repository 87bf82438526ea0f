import type { ReportData } from '../contracts/report.js';
import type { ReportFigures } from './figures.js';
import { formatCount, formatDuration, formatPercent, formatShare } from './format.js';
import {
  describeDropout,
  describeLayers,
  describeOptions,
  describeScaling,
  describeSplit,
} from './trainingSettings.js';
import { caveats } from './sections/caveats.js';

/** The model card of Mitchell et al. (2019) in Markdown: what goes with a bundle when it leaves this store. */
export function modelCard(data: ReportData, figures: ReportFigures): string {
  const { config, model, lineage, version } = data;
  return `${[
    `# ${plain(config.name)}`,
    summary(data, figures),
    '## Intended use',
    'Research on acted emotional speech, and comparison of methods. It is not meant for decisions about people.',
    '## Model',
    modelLines(data, figures),
    '## Training data',
    trainingData(data, figures),
    '## Evaluation',
    evaluation(data, figures),
    '## Caveats',
    caveats(data, figures)
      .map((caveat) => `- ${plain(caveat)}`)
      .join('\n'),
    '## Provenance',
    `Made by ser ${plain(version)}; split seed ${config.split.seed}, training seed ${model.parameters.seed}.`,
    table(
      ['stage', 'key'],
      Object.entries(lineage).map(([stage, key]) => [plain(stage), plain(key)]),
    ),
  ].join('\n\n')}\n`;
}

function summary({ metrics, model }: ReportData, { accuracyInterval }: ReportFigures): string {
  const warning = model.trainedOn.synthetic
    ? '**Synthetic demo data: the scores say nothing about recognising emotion in speech of people.**\n\n'
    : '';
  const { low, high } = accuracyInterval;
  return `${warning}Names one of ${metrics.labels.length} emotions (${metrics.labels.map(plain).join(', ')}) for a recording of speech. Test accuracy ${formatPercent(metrics.accuracy, 2)} (95 % interval ${formatShare(low, 1)} to ${formatPercent(high)}), macro F1 ${formatPercent(metrics.macro.f1, 2)}.`;
}

const SPEAKERS_NEEDED =
  '- To be used with several recordings of each speaker, and with who speaks: it measures them against one another';

function modelLines({ model }: ReportData, { networkParameters }: ReportFigures): string {
  const { featureSet, parameters } = model;
  return [
    `- Features: ${plain(featureSet.name)}, version ${featureSet.version}, ${featureSet.columns.length} columns; ${describeScaling(parameters)}`,
    `- Network: dense layers ${describeLayers(model, '-')}, dropout ${describeDropout(parameters)}, ${formatCount(networkParameters)} weights`,
    `- Training: Adam, learning rate ${parameters.learningRate}, batches of ${parameters.batchSize}; epoch ${model.bestEpoch} of ${model.history.length} kept`,
    ...describeOptions(parameters).map(([name, setting]) => `- ${name}: ${setting}`),
    ...(parameters.normalise === 'speaker' ? [SPEAKERS_NEEDED] : []),
    `- Backend: ${plain(model.backend)}`,
  ].join('\n');
}

function trainingData({ config, licences }: ReportData, { corpora, parts }: ReportFigures): string {
  const counts = corpora.map(({ corpus, parts: part, durationSeconds }) => {
    const entry = licences.find((licence) => licence.corpus === corpus);
    const terms = [entry?.licence, entry?.condition].filter((text) => text !== undefined && text !== '').join('. ');
    return [plain(corpus), part.train, part.validation, part.test, formatDuration(durationSeconds), plain(terms)];
  });
  const citations = licences.filter(({ citation }) => citation !== '').map(({ citation }) => `- ${plain(citation)}`);
  return [
    `${formatCount(parts.train)} recordings to train on, ${formatCount(parts.validation)} to validate, ${formatCount(parts.test)} to test, by protocol \`${describeSplit(config.split)}\`.`,
    table(['corpus', 'train', 'validation', 'test', 'duration', 'licence'], counts),
    citations.join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function evaluation({ metrics }: ReportData, { majority }: ReportFigures): string {
  const percent = (share: number) => formatShare(share, 1);
  const rows = [
    ...metrics.perClass.map((scores) => ({ ...scores, label: plain(scores.label) })),
    { label: 'macro average', ...metrics.macro, support: metrics.count },
    { label: 'weighted average', ...metrics.weighted, support: metrics.count },
  ];
  return [
    table(
      ['emotion', 'precision, %', 'recall, %', 'F1, %', 'support'],
      rows.map(({ label, precision, recall, f1, support }) => [
        label,
        percent(precision),
        percent(recall),
        percent(f1),
        support,
      ]),
    ),
    `Log loss ${metrics.logLoss.toFixed(3)}. Always answering “${plain(majority.label)}” would be right in ${formatPercent(majority.share)}.`,
  ].join('\n\n');
}

function table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return [header, header.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

/** Text that Markdown takes as it is, on one line: no markup, no HTML, no column of a table. */
function plain(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_[\]<>|&]/g, '\\$&');
}
