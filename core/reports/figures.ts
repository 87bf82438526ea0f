import type { ReportData, TestedUtterance } from '../contracts/report.js';
import type { EpochRecord, HiddenLayer } from '../contracts/training.js';
import type { Part } from '../contracts/utterance.js';
import { bootstrapIntervals, type ScoreIntervals } from './bootstrap.js';
import { wilsonInterval, type Interval } from './interval.js';
import { differencesFromOriginal, originalF1 } from './original.js';
import { confidenceOf } from './calibration.js';
import { testedFigures, type TestedFigures } from './testedFigures.js';

export type Confusion = {
  truth: string;
  predicted: string;
  count: number;
  share: number;
  /** The most confident of them, each once, at most three. */
  recordings: Pick<TestedUtterance, 'path' | 'audio'>[];
};

/** What a report shows beyond its data, all of it computed from them. */
export type ReportFigures = {
  /** Utterances and seconds by part, and by corpus. */
  parts: Record<Part, number>;
  corpora: { corpus: string; parts: Record<Part, number>; count: number; durationSeconds: number }[];
  /** Recordings by emotion and corpus, over all parts. */
  emotions: { emotion: string; corpus: string; count: number }[];
  /** 95 % interval of the accuracy: the bootstrap's, or Wilson's where there are no single answers. */
  accuracyInterval: Interval;
  /** Of all scores; needs single answers. */
  intervals?: ScoreIntervals;
  /** What always naming the most frequent class of the test part would reach. */
  majority: { label: string; share: number };
  /** The most frequent confusions by share of their true class, at most six. */
  confusions: Confusion[];
  /** Epochs that were the first at a lower learning rate. */
  rateDrops: number[];
  /** Trainable and fixed weights of the network, or of all networks of an ensemble. */
  networkParameters: number;
  /** Rejected files of all files, whether refused when read or when features were taken. */
  rejectedShare: number;
  /** F1 of the original by class, for the classes of this run; empty for synthetic recordings. */
  originalF1: { label: string; f1: number }[];
  /** What single answers say: calibration, scores by group, confident mistakes. */
  tested?: TestedFigures;
  /** Why the run cannot be set against the original's result; empty when it can. */
  differencesFromOriginal: string[];
};

/** Computes them; the same data give the same figures. */
export function reportFigures(data: ReportData): ReportFigures {
  const { metrics, model, tested = [] } = data;
  const intervals = tested.length === 0 ? undefined : bootstrapIntervals(tested, metrics.labels);
  return {
    parts: partCounts(data.counts),
    corpora: corpusCounts(data),
    emotions: emotionCounts(data),
    accuracyInterval: intervals?.accuracy ?? wilsonInterval(metrics.accuracy, metrics.count),
    ...(intervals === undefined ? {} : { intervals }),
    majority: majorityClass(data),
    confusions: worstConfusions(metrics.labels, metrics.confusion, tested),
    rateDrops: rateDrops(model.history),
    networkParameters:
      (model.parameters.ensemble ?? 1) *
      parametersOf(model.featureSet.columns.length, model.parameters.layers, model.labels.length),
    rejectedShare: data.catalogue.files === 0 ? 0 : data.rejects.length / data.catalogue.files,
    originalF1: originalF1(data),
    ...(data.tested === undefined ? {} : { tested: testedFigures(data.tested) }),
    differencesFromOriginal: differencesFromOriginal(data),
  };
}

/** Weights of Dense and BatchNormalization layers (four vectors each) and of the output layer. */
export function parametersOf(inputs: number, layers: readonly HiddenLayer[], labels: number): number {
  const widths = [inputs, ...layers.map(({ units }) => units), labels];
  const dense = widths.slice(1).reduce((sum, width, index) => sum + ((widths[index] ?? 0) + 1) * width, 0);
  return dense + layers.reduce((sum, { units }) => sum + 4 * units, 0);
}

type Counts = ReportData['counts'];

function partCounts(rows: Counts): Record<Part, number> {
  const sum = (part: Part) => rows.filter((row) => row.part === part).reduce((total, row) => total + row.count, 0);
  return { train: sum('train'), validation: sum('validation'), test: sum('test') };
}

function corpusCounts({ counts }: ReportData): ReportFigures['corpora'] {
  const names = [...new Set(counts.map(({ corpus }) => corpus))].sort();
  return names.map((corpus) => {
    const rows = counts.filter((row) => row.corpus === corpus);
    return {
      corpus,
      parts: partCounts(rows),
      count: rows.reduce((total, row) => total + row.count, 0),
      durationSeconds: rows.reduce((total, row) => total + row.durationSeconds, 0),
    };
  });
}

function emotionCounts({ counts, metrics }: ReportData): ReportFigures['emotions'] {
  const totals = new Map<string, ReportFigures['emotions'][number]>();
  for (const { emotion, corpus, count } of counts) {
    const key = JSON.stringify([emotion, corpus]);
    const total = totals.get(key) ?? { emotion, corpus, count: 0 };
    total.count += count;
    totals.set(key, total);
  }
  const rank = (emotion: string) => metrics.labels.indexOf(emotion);
  return [...totals.values()].sort(
    (a, b) => rank(a.emotion) - rank(b.emotion) || compare(a.emotion, b.emotion) || compare(a.corpus, b.corpus),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function majorityClass({ metrics }: Pick<ReportData, 'metrics'>): ReportFigures['majority'] {
  const largest = metrics.perClass.reduce((best, scores) => (scores.support > best.support ? scores : best), {
    label: '',
    support: 0,
  });
  return { label: largest.label, share: metrics.count === 0 ? 0 : largest.support / metrics.count };
}

export function worstConfusions(
  labels: readonly string[],
  matrix: readonly (readonly number[])[],
  tested: readonly TestedUtterance[],
): Confusion[] {
  const confusions = matrix.flatMap((row, truth) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.map((count, predicted) => ({
      truth: labels[truth] ?? '',
      predicted: labels[predicted] ?? '',
      count,
      share: total === 0 ? 0 : count / total,
    }));
  });
  return confusions
    .filter(({ truth, predicted, count }) => truth !== predicted && count > 0)
    .sort((a, b) => b.share - a.share || b.count - a.count)
    .slice(0, 6)
    .map((confusion) => ({ ...confusion, recordings: examplesOf(confusion, tested) }));
}

function examplesOf(
  { truth, predicted }: { truth: string; predicted: string },
  tested: readonly TestedUtterance[],
): Confusion['recordings'] {
  return tested
    .filter((answer) => answer.emotion === truth && answer.predicted === predicted)
    .sort((a, b) => confidenceOf(b) - confidenceOf(a) || (a.path < b.path ? -1 : 1))
    .filter(({ path }, index, answers) => answers.findIndex((other) => other.path === path) === index)
    .slice(0, 3)
    .map(({ path, audio }) => ({ path, audio }));
}

function rateDrops(history: readonly EpochRecord[]): number[] {
  return history
    .filter((epoch, index) => epoch.learningRate < (history[index - 1]?.learningRate ?? 0))
    .map(({ epoch }) => epoch);
}
