import type { ExperimentConfig, SearchConfig } from '../contracts/experiment.js';
import type { ExperimentReport, TestedUtterance } from '../contracts/report.js';
import { parseRanges } from '../contracts/ranges.js';
import { layersText } from '../contracts/training.js';
import { describeChoices } from '../contracts/trials.js';
import { bootstrapIntervals, type ScoreIntervals } from './bootstrap.js';
import type { Chart, DrawnChart } from './chart.js';
import { calibration } from './charts/calibration.js';
import { classScores } from './charts/classScores.js';
import { confusionMatrix } from './charts/confusionMatrix.js';
import { speakerAccuracy } from './charts/speakerAccuracy.js';
import { type Confusion, majorityClass, worstConfusions } from './figures.js';
import { formatNumberOf, formatPercent, formatShare } from './format.js';
import { definitions, html, type Html } from './html.js';
import { figuresOf, type Section, syntheticWarning, wholePage } from './pageFrame.js';
import { answersSection } from './sections/answers.js';
import { licenceTable, PROTOCOLS, rejects } from './sections/data.js';
import { repetitionsSection, trialsSection } from './sections/repetitions.js';
import { classesSection, resultsSection } from './sections/results.js';
import { stagesInOrder, timingTable } from './sections/setup.js';
import { testedFigures, type TestedFigures } from './testedFigures.js';
import { describeScaling, describeSplit, describeTraining } from './trainingSettings.js';

/** What the page shows beyond the results. */
export type ExperimentFigures = { intervals: ScoreIntervals; confusions: Confusion[]; tested: TestedFigures };

/** Computes them; the same data give the same figures. */
export function experimentFigures({ results, answers }: ExperimentReport): ExperimentFigures {
  const { labels, confusion } = results.metrics;
  return {
    intervals: bootstrapIntervals(answers, labels),
    confusions: worstConfusions(labels, confusion, answers),
    tested: testedFigures(ofFirstSeed(answers)),
  };
}

/** Answers of several seeds to one recording are no new evidence on who is recognised and who is not. */
function ofFirstSeed<Answer extends TestedUtterance & { seed: number }>(answers: readonly Answer[]): Answer[] {
  return answers.filter(({ seed }) => seed === answers[0]?.seed);
}

/** Every chart of the report of an experiment. */
export function experimentCharts({ results }: ExperimentReport, { confusions, tested }: ExperimentFigures): Chart[] {
  const { metrics } = results;
  return [
    confusionMatrix(metrics, confusions),
    classScores(metrics.perClass, []),
    calibration(tested),
    speakerAccuracy(tested),
  ];
}

/** The report of an experiment as one HTML page that needs nothing beside it. */
export function experimentPage(
  data: ExperimentReport,
  figures: ExperimentFigures,
  charts: readonly DrawnChart[],
): Promise<string> {
  const { config, results, version } = data;
  const { metrics, search } = results;
  const { intervals, confusions, tested } = figures;
  const figure = figuresOf(charts);
  const accuracyInterval = intervals.accuracy;
  const repeated = results.seeds.length > 1;
  const counted = repeated ? `answers under ${results.seeds.length} seeds` : 'recordings';
  const ofOneSeed = repeated
    ? 'Of the answers under the first seed alone: several answers to one recording are no new evidence.'
    : undefined;
  const sections: Section[] = [
    [
      'results',
      'Results',
      resultsSection({ metrics }, { accuracyInterval, intervals }, 'this procedure on these recordings', counted),
    ],
    ['repetitions', config.experiment?.folds === undefined ? 'By seed' : 'By fold', repetitionsSection(results)],
    ...(search === undefined || config.experiment?.search === undefined
      ? []
      : [['trials', 'Trials', trialsSection(search, config.experiment.search)] satisfies Section]),
    ['classes', 'By class', classesSection({ metrics }, { confusions, originalF1: [], intervals }, figure)],
    ['answers', 'Confidence and groups', answersSection(tested, figure, ofOneSeed)],
    ['data', 'Data', dataSection(data)],
    ['setup', 'Configuration and lineage', setupSection(data)],
  ];
  return wholePage({
    name: config.name,
    eyebrow: search === undefined ? 'Cross-validation' : 'Search',
    lead: lead(data, accuracyInterval),
    warning: data.synthetic ? syntheticWarning() : undefined,
    sections,
    footer: html`Written by ser ${version}. Beside this page: its numbers in full (<code>report.json</code>), every
    answer (<code>predictions.csv</code>), and the charts as SVG and PNG (<code>charts/</code>). An experiment leaves no
    model: it says what a model trained like this is worth.`,
    version,
  });
}

function lead({ results }: ExperimentReport, { low, high }: { low: number; high: number }): string {
  const { metrics, repetitions, seeds } = results;
  const majority = majorityClass({ metrics });
  const under = seeds.length > 1 ? ` under ${seeds.length} seeds` : '';
  return `${formatNumberOf(repetitions.length, 'model')}${under}, each tested on recordings that it was not trained on, name the emotion right in ${formatPercent(metrics.accuracy)} of ${formatNumberOf(metrics.count, 'answer')}; 95 % interval ${formatShare(low, 1)} to ${formatPercent(high)}. Always answering “${majority.label}” would be right in ${formatPercent(majority.share)}.`;
}

function protocolSentence({ split, experiment }: ExperimentReport['config']): string {
  if (split.protocol !== 'random' || experiment?.folds === undefined) return PROTOCOLS[split.protocol];
  return `Each emotion was put in an order drawn from the seed and cut into ${experiment.folds} folds. Recordings of one speaker are in several.`;
}

function dataSection(data: ExperimentReport): Html {
  const { split } = data.config;
  const rejectedShare = data.catalogue.files === 0 ? 0 : data.rejects.length / data.catalogue.files;
  return html`<p>
      Split protocol <strong>${split.protocol}</strong>, seed <data value="${split.seed}">${split.seed}</data>.
      ${protocolSentence(data.config)} Every split was checked as it was written, and its proof stands in its manifest.
    </p>
    <h3>Licences and citations</h3>
    ${licenceTable(data)}
    <h3>Rejected recordings</h3>
    ${rejects(data, rejectedShare)}`;
}

function describeRepetitions(experiment: ExperimentConfig = {}): [name: string, setting: Html | string][] {
  const { folds, seeds, sameSplits, search } = experiment;
  return [
    ...(folds === undefined ? [] : [['Folds', `${folds}`] satisfies [string, string]]),
    ...(seeds === undefined
      ? []
      : [['Seeds', sameSplits === true ? `${seeds}, on the same splits` : `${seeds}`] satisfies [string, string]]),
    ...(search === undefined ? [] : [['Search', describeSearch(search)] satisfies [string, Html]]),
  ];
}

/** What a trial sets comes in place of what the other rows say. */
function describeSearch({ options, points, metric, inner }: SearchConfig): Html {
  const trials = formatNumberOf(parseRanges(points).length, 'trial');
  return html`${trials}, each sets these instead of what stands here, by ${metric} on ${inner.folds} inner folds
  (${inner.protocol}): ${describeChoices(options).map((option) => html`<br />${option}`)}`;
}

function setupSection({ config, backend, version, versions, lineage, timings }: ExperimentReport): Html {
  const { training, features } = config;
  return html`<div class="columns">
      <div>
        <h3>Configuration</h3>
        ${definitions([
          ['Sources', config.data.sources.map((source) => html`<code>${source}</code> `)],
          ['Features', features.set],
          ['Scaling', describeScaling(training)],
          ['Protocol', describeSplit(config.split)],
          ['First seeds', `${config.split.seed} of the split, ${training.seed} of the training`],
          ...describeRepetitions(config.experiment),
          ['Preset', config.preset ?? 'original'],
          ['Hidden layers', layersText(training.layers)],
          ...describeTraining(training),
          ['Backend', `${backend} (asked for: ${config.backend})`],
        ])}
      </div>
      <div>
        <h3>Versions</h3>
        ${definitions([['ser', version], ...Object.entries(versions)])}
      </div>
    </div>
    <h3>Lineage</h3>
    ${definitions(stagesInOrder(lineage).map(([stage, key]) => [stage, html`<code>${key}</code>`] as const))}
    ${timings === undefined ? undefined : timingTable(timings)}`;
}
