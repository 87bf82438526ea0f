import type { ReportData } from '../../contracts/report.js';
import type { Chart } from '../chart.js';
import type { ReportFigures } from '../figures.js';
import { calibration } from './calibration.js';
import { classScores } from './classScores.js';
import { confusionMatrix } from './confusionMatrix.js';
import { emotionCounts } from './emotionCounts.js';
import { featureImportance } from './featureImportance.js';
import { learningCurves } from './learningCurves.js';
import { speakerAccuracy } from './speakerAccuracy.js';

/** Every chart of a report, in the order of the page. */
export function reportCharts({ metrics, model, importance }: ReportData, figures: ReportFigures): Chart[] {
  return [
    confusionMatrix(metrics, figures.confusions),
    classScores(metrics.perClass, figures.originalF1),
    ...learningCurves(model, figures.rateDrops),
    emotionCounts(figures),
    ...(figures.tested === undefined ? [] : [calibration(figures.tested), speakerAccuracy(figures.tested)]),
    ...(importance === undefined ? [] : [featureImportance(importance)]),
  ];
}
