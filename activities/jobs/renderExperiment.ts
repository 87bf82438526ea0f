import type { ExperimentReport } from '../../core/contracts/report.js';
import { renderExperiment as render } from '../../core/reports/renderExperiment.js';
import type { Job } from './job.js';

/** Draws the charts of an experiment and writes its page. */
export const renderExperiment: Job<{ data: ExperimentReport }, { files: Map<string, Uint8Array> }> = async ({
  data,
}) => ({ files: await render(data) });
