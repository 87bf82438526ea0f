export { experiment } from './experiment.js';
export { extractFeatures } from './extractFeatures.js';
export { predictBatch } from './predictBatch.js';
export { retrain } from './retrain.js';
export { trainingRun } from './trainingRun.js';
