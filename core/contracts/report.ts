import type { CatalogueCounts, Reject, RunConfig } from './runs.js';
import type { Metrics, ModelMetadata } from './training.js';
import type { Part } from './utterance.js';

/** A recording of the test part with what the model answered. */
export type TestedUtterance = {
  path: string;
  corpus: string;
  speaker: string;
  sex: string;
  emotion: string;
  predicted: string;
  /** One per label of the model, in its order. */
  probabilities: number[];
};

/** Everything a report shows; it is also written beside the page as `report.json`. */
export type ReportData = {
  config: RunConfig;
  /** Of this program. */
  version: string;
  /** Of what it stood on, by name: `node`, `platform`, `@tensorflow/tfjs-core`, ... */
  versions: Record<string, string>;
  catalogue: CatalogueCounts;
  /** One entry per corpus, emotion and part of the split that holds at least one utterance. */
  counts: { corpus: string; emotion: string; part: Part; count: number; durationSeconds: number }[];
  rejects: Reject[];
  model: ModelMetadata;
  metrics: Metrics;
  /** Without it, the page leaves out what needs single answers: calibration, groups, confident mistakes. */
  tested?: TestedUtterance[];
  /** Keys of the stages behind the report, by stage name. */
  lineage: Record<string, string>;
  /** `condition` is what else the owners of a corpus want; empty when nothing. */
  licences: { corpus: string; licence: string; citation: string; condition: string }[];
};
