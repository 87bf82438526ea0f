import { checkData } from './checkData.js';
import { compareModels } from './compareModels.js';
import { evaluateModel } from './evaluateModel.js';
import { extractBytes } from './extractBytes.js';
import { extractFiles, extractWindows } from './extractFiles.js';
import { extractShard } from './extractShard.js';
import { inspectFiles } from './inspectFiles.js';
import { poolTrials } from './poolTrials.js';
import { predictRecordings } from './predictRecordings.js';
import { renderExperiment } from './renderExperiment.js';
import { renderReport } from './renderReport.js';
import { trainNetwork } from './trainNetwork.js';

/** Everything a thread can be asked to do. */
export const jobs = {
  inspectFiles,
  extractBytes,
  extractFiles,
  extractWindows,
  extractShard,
  trainNetwork,
  evaluateModel,
  checkData,
  compareModels,
  poolTrials,
  predictRecordings,
  renderExperiment,
  renderReport,
};

export type JobName = keyof typeof jobs;
export type JobInput<N extends JobName> = Parameters<(typeof jobs)[N]>[0];
export type JobOutput<N extends JobName> = Awaited<ReturnType<(typeof jobs)[N]>>;
