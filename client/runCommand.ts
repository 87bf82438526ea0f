import type { RunConfig } from '../core/contracts/runs.js';
import { augmentText, layersText, ORIGINAL_TRAINING, type TrainingParameters } from '../core/contracts/training.js';

const SUFFIX = '-best';
const MOST_NAME = 60;

/**
 * What to type for one training with these settings. What is as in `ser run` when nothing is typed is left out; how much is
 * done at a time, and what is rejected, is left to the one who types.
 */
export function runCommand({ name, data, features, split, training, backend }: RunConfig): string {
  const words = [
    ...data.sources.flatMap((source) => ['--data', source]),
    ...Object.entries(data.labelMap ?? {}).flatMap(([from, to]) => ['--label-map', `${from}=${to}`]),
    ...['--name', name],
    ...unless('--features', 'librosa195', features.set),
    ...unless('--split', 'random', split.protocol),
    ...(split.leaveOut === undefined ? [] : ['--leave-out', split.leaveOut]),
    ...unless('--seed', 0, training.seed),
    ...unless('--split-seed', training.seed, split.seed),
    ...trainingWords(training),
    ...unless('--backend', 'auto', backend),
  ];
  return ['./ser run', ...words.map(quoted)].join(' ');
}

/** What a run is called that trains as an experiment found best. */
export function nameOfBest(experiment: string): string {
  return `${experiment.slice(0, MOST_NAME - SUFFIX.length)}${SUFFIX}`;
}

function trainingWords(training: TrainingParameters): string[] {
  const { layers, epochs, batchSize, learningRate } = training;
  return [
    ...unless('--layers', layersText(ORIGINAL_TRAINING.layers), layersText(layers)),
    ...unless('--epochs', ORIGINAL_TRAINING.epochs, epochs),
    ...unless('--batch', ORIGINAL_TRAINING.batchSize, batchSize),
    ...unless('--learning-rate', ORIGINAL_TRAINING.learningRate, learningRate),
    ...unless('--class-weights', 'none', training.classWeights ?? 'none'),
    ...unless('--normalise', 'global', training.normalise ?? 'global'),
    ...unless('--ensemble', 1, training.ensemble ?? 1),
    ...unless('--weight-decay', 0, training.weightDecay ?? 0),
    ...unless('--label-smoothing', 0, training.labelSmoothing ?? 0),
    ...unless('--augment', 'none', augmentText(training.augment ?? [])),
  ];
}

function unless(flag: string, usual: string | number, value: string | number): string[] {
  return value === usual ? [] : [flag, String(value)];
}

/** For a shell. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
