import type { ChampionScores, ReportData } from '../contracts/report.js';
import type { GroupImportance } from '../contracts/training.js';
import type { DrawnChart } from './chart.js';
import type { ReportFigures } from './figures.js';
import { formatDuration, formatNumberOf, formatPercent, formatShare } from './format.js';
import { html } from './html.js';
import { figuresOf, type Section, syntheticWarning, wholePage } from './pageFrame.js';
import { answersSection } from './sections/answers.js';
import { caveatsSection } from './sections/caveats.js';
import { championSection } from './sections/champion.js';
import { comparisonSection } from './sections/comparison.js';
import { dataSection } from './sections/data.js';
import { classesSection, resultsSection } from './sections/results.js';
import { importanceSection } from './sections/importance.js';
import { setupSection } from './sections/setup.js';
import { trainingSection } from './sections/training.js';
import type { TestedFigures } from './testedFigures.js';

/** The whole report as one HTML page that needs nothing beside it. */
export async function reportPage(
  data: ReportData,
  figures: ReportFigures,
  charts: readonly DrawnChart[],
): Promise<string> {
  const figure = figuresOf(charts);
  const answers = (tested: TestedFigures): Section => [
    'answers',
    'Confidence and groups',
    answersSection(tested, figure),
  ];
  const importance = (groups: GroupImportance[]): Section => [
    'features',
    'Feature groups',
    importanceSection(groups, figure),
  ];
  const champion = (scores: ChampionScores): Section => [
    'champion',
    'Against the champion',
    championSection(data, scores),
  ];
  const sections: Section[] = [
    ['results', 'Results', resultsSection(data, figures)],
    ['classes', 'By class', classesSection(data, figures, figure)],
    ...(figures.tested === undefined ? [] : [answers(figures.tested)]),
    ...(data.importance === undefined ? [] : [importance(data.importance)]),
    ...(data.champion === undefined ? [] : [champion(data.champion)]),
    ['original', 'Against the original', comparisonSection(data, figures)],
    ['training', 'Training', trainingSection(data, figures, figure)],
    ['data', 'Data', dataSection(data, figures, figure)],
    ['caveats', 'Caveats', caveatsSection(data, figures)],
    ['setup', 'Configuration and lineage', setupSection(data, figures)],
  ];
  return wholePage({
    name: data.config.name,
    eyebrow: 'Training report',
    lead: [summary(data, figures), ...acquaintance(data)].join(' '),
    warning: data.model.trainedOn.synthetic ? syntheticWarning() : undefined,
    sections,
    footer: html`Written by ser ${data.version}. Beside this page: its numbers in full (<code>report.json</code>), a
    model card (<code>model_card.md</code>), charts as SVG and PNG (<code>charts/</code>), and tables under the names
    and headers of the original (<code>outputs/</code>).`,
    version: data.version,
  });
}

/** Whether the test part is of voices that the model knows: no number says more than this. */
function acquaintance({ leakCheck }: ReportData): string[] {
  if (leakCheck === undefined || leakCheck.speakers.test === 0) return [];
  if (leakCheck.sharedSpeakers === 0) return ['It was trained on none of the test speakers.'];
  return ['Training and test share speakers; expect less for voices that it never heard.'];
}

function summary({ metrics, model, catalogue }: ReportData, { accuracyInterval, majority }: ReportFigures): string {
  const { corpora, utterances, synthetic } = model.trainedOn;
  const trained = formatNumberOf(utterances.train, synthetic ? 'synthetic recording' : 'recording');
  const hours = formatDuration(catalogue.hours * 3600);
  const { low, high } = accuracyInterval;
  return `Trained on ${trained} of ${corpora.join(', ')} (${hours} in all three parts), the model names the emotion of ${formatPercent(metrics.accuracy)} of ${formatNumberOf(metrics.count, 'test recording')}; 95 % interval ${formatShare(low, 1)} to ${formatPercent(high)}. Always answering “${majority.label}” would be right in ${formatPercent(majority.share)}.`;
}
