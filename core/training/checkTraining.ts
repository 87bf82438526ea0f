import { SerError } from '../contracts/errors.js';
import type { TrainingParameters } from '../contracts/training.js';
import type { LabelledRows, TrainingData } from './trainer.js';

/**
 * Refuses what no training can be made of, before it begins.
 *
 * @throws SerError `BadConfig` naming the parameter, what it got and what it takes; `DataRefused` for an empty part or
 *   fewer than two classes; `BadInput` for rows that do not fit together or hold a value that is not finite
 */
export function checkTraining(data: TrainingData, parameters: TrainingParameters): void {
  const { layers, epochs, batchSize, learningRate, stopPatience, plateauPatience, plateauFactor } = parameters;
  for (const [index, { units, dropout }] of layers.entries()) {
    demand(isCount(units), `layers[${index}].units`, units, 'a whole number from 1');
    demand(dropout >= 0 && dropout < 1, `layers[${index}].dropout`, dropout, 'a share of at least 0 and below 1');
  }
  demand(isCount(epochs), 'epochs', epochs, 'a whole number from 1');
  demand(isCount(batchSize), 'batchSize', batchSize, 'a whole number from 1');
  demand(learningRate > 0 && learningRate <= 1, 'learningRate', learningRate, 'a number above 0 and up to 1');
  demand(isCount(stopPatience), 'stopPatience', stopPatience, 'a whole number from 1');
  demand(isCount(plateauPatience), 'plateauPatience', plateauPatience, 'a whole number from 1');
  demand(parameters.minLearningRate >= 0, 'minLearningRate', parameters.minLearningRate, 'a number from 0');
  demand(plateauFactor > 0 && plateauFactor < 1, 'plateauFactor', plateauFactor, 'a number between 0 and 1');
  const { weightDecay = 0, labelSmoothing = 0 } = parameters;
  demand(weightDecay >= 0 && weightDecay < 1, 'weightDecay', weightDecay, 'a share of at least 0 and below 1');
  demand(
    labelSmoothing >= 0 && labelSmoothing < 1,
    'labelSmoothing',
    labelSmoothing,
    'a share of at least 0 and below 1',
  );
  demand(
    Number.isSafeInteger(parameters.seed) && parameters.seed >= 0,
    'seed',
    parameters.seed,
    'a whole number from 0',
  );
  if (data.classes < 2) {
    throw new SerError('DataRefused', `found ${data.classes} class, a classifier needs at least two`, 'labels');
  }
  checkRows('training part', data.train, data);
  checkRows('validation part', data.validation, data);
}

export function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1;
}

export function demand(holds: boolean, parameter: string, got: number, takes: string): void {
  if (!holds) throw new SerError('BadConfig', `got ${got}, takes ${takes}`, parameter);
}

function checkRows(part: string, { features, labels }: LabelledRows, { inputs, classes }: TrainingData): void {
  if (labels.length === 0) throw new SerError('DataRefused', 'holds no recording', part, 'add recordings');
  if (features.length !== labels.length * inputs) {
    throw new SerError('BadInput', `${features.length} values are not ${labels.length} rows of ${inputs}`, part);
  }
  const odd = features.findIndex((value) => !Number.isFinite(value));
  if (odd >= 0) {
    const place = `row ${Math.floor(odd / inputs)}, column ${odd % inputs}`;
    throw new SerError('BadInput', `holds ${features[odd] as number} in ${place}`, part, 'extract the features again');
  }
  const stranger = labels.find((label) => label < 0 || label >= classes);
  if (stranger !== undefined) throw new SerError('BadInput', `label ${stranger} of ${classes} classes`, part);
}
