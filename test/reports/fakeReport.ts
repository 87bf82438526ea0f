import { EMOTIONS } from '../../core/contracts/emotions.js';
import type { ReportData, TestedUtterance } from '../../core/contracts/report.js';
import {
  ORIGINAL_TRAINING,
  type ClassScores,
  type EpochMetrics,
  type Metrics,
  type ModelMetadata,
} from '../../core/contracts/training.js';
import type { Part } from '../../core/contracts/utterance.js';

type Shape = {
  corpora: string[];
  labels: string[];
  perClass: number;
  epochs: number;
  rejects: number;
  synthetic: boolean;
};

/** Like a run of 1,462 recordings, every number of it derived from formulas. */
export function realisticReport(): ReportData {
  return fakeReport('real', {
    corpora: ['RAVDESS', 'TESS'],
    labels: [...EMOTIONS],
    perClass: 183,
    epochs: 40,
    rejects: 3,
    synthetic: false,
  });
}

/** Few classes, one epoch, long names, markup in every text a user supplies, and many rejects. */
export function extremeReport(): ReportData {
  const markup = '<script>alert("x")</script>';
  const report = fakeReport(`a-run-with-a-rather-long-name-${markup}`, {
    corpora: [`Corpus of telephone calls in a long-winded name ${markup}`],
    labels: [`an emotion with a very long name & ${markup}`, 'überrascht'],
    perClass: 31,
    epochs: 1,
    rejects: 500,
    synthetic: true,
  });
  report.config.data.sources = [`/data/${markup}/corpus.zip`];
  report.config.split.protocol = 'speaker';
  report.licences = [{ corpus: markup, licence: markup, citation: `${markup} & others (2020)`, condition: markup }];
  return report;
}

function fakeReport(name: string, shape: Shape): ReportData {
  const counts = fakeCounts(shape);
  const usable = counts.reduce((sum, { count }) => sum + count, 0);
  const inPart = (part: Part) => counts.filter((row) => row.part === part).reduce((sum, row) => sum + row.count, 0);
  const metrics = fakeMetrics(shape.labels, Math.round(shape.perClass * 0.155));
  const utterances = { train: inPart('train'), validation: inPart('validation'), test: metrics.count };
  const parameters = { ...ORIGINAL_TRAINING, epochs: Math.max(shape.epochs, 1), seed: 42 };
  return {
    config: {
      name,
      data: { sources: ['/data/corpus'], maxRejected: 0.05 },
      features: { set: 'librosa195' },
      split: { protocol: 'random', seed: 42 },
      training: parameters,
      backend: 'auto',
      promote: 'better',
      shardsInFlight: 8,
      onFailedShards: 'wait',
      store: '/data/store',
    },
    version: '0.1.0',
    versions: { node: '22.14.0', platform: 'linux x64', '@tensorflow/tfjs-core': '4.22.0' },
    catalogue: {
      files: usable + shape.rejects,
      usable,
      rejected: shape.rejects,
      hours: counts.reduce((sum, { durationSeconds }) => sum + durationSeconds, 0) / 3600,
    },
    counts,
    rejects: Array.from({ length: shape.rejects }, (_, index) => ({
      path: `Actor_${index}/03-01-<script>alert(${index})</script>.wav`,
      reason:
        ['the recording is silent', 'the file is shorter than its header says', '<b>not a WAV file</b>'][index % 3] ??
        '',
    })),
    model: fakeModel(shape, parameters, utterances),
    metrics,
    tested: fakeAnswers(shape, metrics),
    leakCheck: {
      holds: true,
      speakers: { train: 14, validation: 14, test: 14 },
      sharedRecordings: 0,
      sharedSpeakers: 14,
      sharedWithTest: 0,
      leftOut: 0,
      unassigned: 0,
    },
    champion: {
      run: `champion-${name}`,
      metrics: { accuracy: 0.701, balancedAccuracy: 0.702, macroF1: 0.703, logLoss: 0.804, count: metrics.count },
      sameSplit: true,
      disagreement: { onlyThis: 21, onlyChampion: 9 },
    },
    importance: [
      { group: 'mfcc', columns: 40, accuracyDrop: 0.312, deviation: 0.012 },
      { group: 'chroma', columns: 12, accuracyDrop: 0.043, deviation: 0.008 },
      { group: 'zcr', columns: 1, accuracyDrop: -0.002, deviation: 0.003 },
    ],
    timings: [
      { stage: 'fetchCorpus', state: 'reused', seconds: 0.05 },
      { stage: 'trainModel', state: 'done', seconds: 8.2 },
    ],
    lineage: Object.fromEntries(
      ['fetchCorpus', 'extractFeatures', 'splitUtterances', 'trainModel', 'evaluateModel'].map((stage, index) => [
        stage,
        `${index}f`.repeat(32),
      ]),
    ),
    licences: shape.corpora.map((corpus) => ({
      corpus,
      licence: 'CC BY-NC-SA 4.0',
      citation: `Authors of ${corpus} (2018). A corpus of acted emotional speech. Journal of Corpora 13(5), e0196391.`,
      condition: 'Not for commercial use.',
    })),
  };
}

function fakeCounts({ corpora, labels, perClass }: Shape): ReportData['counts'] {
  return labels.flatMap((emotion, label) =>
    corpora.flatMap((corpus, index) => {
      const share = [0.62, 0.38][index] ?? 0.1;
      const total = Math.max(4, Math.round(perClass * (corpora.length > 1 ? share : 1) * (1 - 0.06 * label)));
      const test = Math.round(total * 0.155);
      const validation = Math.round(total * 0.132);
      const rows: [Part, number][] = [
        ['train', total - test - validation],
        ['validation', validation],
        ['test', test],
      ];
      return rows.map(([part, count]) => ({
        corpus,
        emotion,
        part,
        count,
        durationSeconds: count * (2.1 + index * 1.7),
      }));
    }),
  );
}

function fakeMetrics(labels: string[], support: number): Metrics {
  const confusion = labels.map((_, truth) => {
    const row = labels.map((__, predicted) => {
      const distance = Math.abs(truth - predicted);
      if (distance === 0) return 0;
      return Math.floor((support * (0.12 + 0.02 * truth)) / distance ** 1.6 + 0.5) % 6;
    });
    row[truth] = Math.max(0, support - row.reduce((sum, count) => sum + count, 0));
    return row;
  });
  const sumOfColumn = (column: number) => confusion.reduce((sum, row) => sum + (row[column] ?? 0), 0);
  const perClass = labels.map((label, index): ClassScores => {
    const hits = confusion[index]?.[index] ?? 0;
    const precision = hits / Math.max(1, sumOfColumn(index));
    const recall = hits / support;
    return { label, precision, recall, f1: (2 * precision * recall) / Math.max(1e-9, precision + recall), support };
  });
  const mean = (pick: (scores: ClassScores) => number) =>
    perClass.reduce((sum, scores) => sum + pick(scores), 0) / perClass.length;
  const averages = { precision: mean((s) => s.precision), recall: mean((s) => s.recall), f1: mean((s) => s.f1) };
  return {
    labels,
    accuracy: averages.recall,
    balancedAccuracy: averages.recall,
    logLoss: 0.7312,
    macro: averages,
    weighted: averages,
    perClass,
    confusion,
    count: support * labels.length,
  };
}

function fakeModel(
  { corpora, labels, epochs, synthetic }: Shape,
  parameters: ModelMetadata['parameters'],
  utterances: ModelMetadata['trainedOn']['utterances'],
): ModelMetadata {
  const history = Array.from({ length: epochs }, (_, index): EpochMetrics => {
    const wobble = 0.04 * Math.sin(index * 2.3) + 0.02 * Math.cos(index * 5.1);
    return {
      epoch: index + 1,
      trainLoss: 0.25 + 1.9 * Math.exp(-index / 9) + wobble / 2,
      trainAccuracy: 0.93 - 0.72 * Math.exp(-index / 8) - wobble / 4,
      validationLoss: 0.68 + 1.3 * Math.exp(-index / 6) + 0.004 * Math.max(0, index - 24) + wobble,
      validationAccuracy: 0.76 - 0.5 * Math.exp(-index / 6) - wobble / 2,
      learningRate: 0.001 * 0.5 ** Math.floor(index / 15),
      seconds: 1.9,
    };
  });
  const best = history.reduce((kept, epoch) => (epoch.validationLoss < kept.validationLoss ? epoch : kept));
  const columns = Array.from({ length: 195 }, (_, index) => `feature_${index}`);
  return {
    format: 1,
    featureSet: { name: 'librosa195', version: 1, columns },
    labels,
    parameters,
    backend: 'tfjs-wasm',
    trainedOn: { corpora, utterances, synthetic },
    bestEpoch: best.epoch,
    history,
  };
}

/** Answers that add up to the confusion matrix; the more often right, the surer. */
function fakeAnswers({ corpora, labels }: Shape, { confusion }: Metrics): TestedUtterance[] {
  return confusion.flatMap((row, truth) =>
    row.flatMap((count, predicted) =>
      Array.from({ length: count }, (_, index): TestedUtterance => {
        const confidence =
          truth === predicted ? 0.55 + 0.44 * ((index * 7 + truth) % 11) * 0.1 : 0.35 + 0.05 * (index % 9);
        const speaker = (truth * 5 + predicted * 3 + index * 7) % 14;
        const corpus = corpora[speaker < 12 ? 0 : corpora.length - 1] ?? '';
        return {
          path: `Actor_${speaker}/<i>${truth}-${predicted}-${index}</i>.wav`,
          audio: `audio/${truth}${predicted}${index}.wav`,
          corpus,
          speaker: `${corpus}-${speaker}`,
          sex: speaker % 2 === 0 ? 'female' : 'male',
          emotion: labels[truth] ?? '',
          predicted: labels[predicted] ?? '',
          probabilities: labels.map((_label, label) =>
            label === predicted ? confidence : (1 - confidence) / (labels.length - 1),
          ),
        };
      }),
    ),
  );
}
