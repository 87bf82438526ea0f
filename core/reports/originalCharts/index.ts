import type { RecordingPicture, ReportData } from '../../contracts/report.js';
import type { Chart } from '../chart.js';
import type { ReportFigures } from '../figures.js';
import { audioSample } from './audioSample.js';
import { dataCharts } from './dataCharts.js';
import { modelCharts } from './modelCharts.js';

/** The charts of the original project under its names, so that whoever looked for them before finds them. */
export function originalCharts(
  data: ReportData,
  figures: ReportFigures,
  pictures: readonly RecordingPicture[],
): Chart[] {
  const samples = pictures.map((picture) => audioSample(picture, data.model.labels));
  return [...dataCharts(data), ...modelCharts(data, figures), ...samples].sort((a, b) => (a.name < b.name ? -1 : 1));
}
