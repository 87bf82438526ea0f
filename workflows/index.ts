export { extractFeatures } from './extractFeatures.js';
export { trainingRun } from './trainingRun.js';
