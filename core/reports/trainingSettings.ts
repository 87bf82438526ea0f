import type { RunConfig } from '../contracts/runs.js';
import type { Augmentation, ModelMetadata, TrainingParameters } from '../contracts/training.js';

/** The protocol of a split, with its fold or the corpus that was left out. */
export function describeSplit({ protocol, fold, leaveOut }: RunConfig['split']): string {
  if (fold !== undefined) return `${protocol}, fold ${fold.index + 1} of ${fold.of}`;
  return leaveOut === undefined ? protocol : `${protocol}, ${leaveOut} left out`;
}

/** How features become inputs of the network. */
export function describeScaling({ normalise }: Pick<TrainingParameters, 'normalise'>): string {
  const global = 'zero mean and unit variance, fitted on the training part';
  return normalise === 'speaker' ? `by each speaker’s own mean and deviation, then ${global}` : global;
}

/** `195 – 512 – 8`, or that there is no layer between. */
export function describeLayers({ featureSet, parameters, labels }: ModelMetadata, between: string): string {
  return [featureSet.columns.length, ...parameters.layers.map(({ units }) => units), labels.length].join(between);
}

export function describeDropout({ layers }: Pick<TrainingParameters, 'layers'>): string {
  return layers.length === 0 ? 'none' : layers.map(({ dropout }) => dropout).join(', ');
}

/** Optimiser, batches and callbacks, and the options beyond those of the original. */
export function describeTraining(parameters: TrainingParameters): [name: string, setting: string | number][] {
  const { learningRate, batchSize, epochs, stopPatience, plateauFactor, plateauPatience, minLearningRate } = parameters;
  return [
    ['Optimiser', `Adam, learning rate ${learningRate}`],
    ['Batch size', batchSize],
    ['Epochs', `at most ${epochs}; early stopping after ${stopPatience} without improvement`],
    ['Plateau', `rate × ${plateauFactor} after ${plateauPatience} epochs, not below ${minLearningRate}`],
    ...describeOptions(parameters),
  ];
}

const UNITS = { noise: ' dB', pitch: ' semitones', stretch: '', gain: ' dB' } satisfies Record<
  Augmentation['kind'],
  string
>;

/** The settings that the original does not have, as far as they were asked for. */
export function describeOptions(parameters: TrainingParameters): [name: string, setting: string][] {
  const { ensemble, classWeights, labelSmoothing, weightDecay, augment } = parameters;
  const all: [string, string | undefined][] = [
    ['Ensemble', ensemble === undefined ? undefined : `${ensemble} networks, whose probabilities are averaged`],
    ['Class weights', classWeights && 'balanced: each class counts alike in the loss'],
    ['Label smoothing', labelSmoothing?.toString()],
    ['Weight decay', weightDecay?.toString()],
    ['Altered copies', augment?.map(({ kind, amount }) => `${kind} ${amount}${UNITS[kind]}`).join(', ')],
  ];
  return all.flatMap(([name, setting]): [string, string][] => (setting === undefined ? [] : [[name, setting]]));
}
