import type { ReportData } from '../../core/contracts/report.js';
import { renderReport as render } from '../../core/reports/renderReport.js';
import type { Job } from './job.js';

/** Draws the charts and writes the page. */
export const renderReport: Job<{ data: ReportData }, { files: Map<string, Uint8Array> }> = async ({ data }) => ({
  files: await render(data),
});
