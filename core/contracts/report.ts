import type { CatalogueCounts, Reject, RunConfig } from './runs.js';
import type { Metrics, ModelMetadata } from './training.js';
import type { Part } from './utterance.js';

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
  /** Keys of the stages behind the report, by stage name. */
  lineage: Record<string, string>;
  /** `condition` is what else the owners of a corpus want; empty when nothing. */
  licences: { corpus: string; licence: string; citation: string; condition: string }[];
};
