export { sparseBank } from './_bands';
export { extremes } from './_contrast';
export { allocate } from './_memory';
export { examine } from './_samples';
export { frameMeasures, scaleSamples } from './_frameMeasures';
export { autocorrelations, powerSpectra } from './_powerSpectra';
export { bandChanges, bandShape, melDecibels, ratioDecibels, slopes, spectralShape } from './_descriptors';
export { harmonicLevels, periodicity, pitchCandidates } from './_periodicity';
