import type { Format } from './rows.js';

/** The flags of `ser predict`. */
export type PredictOptions = {
  model: string;
  out?: string;
  window?: string;
  hop?: string;
  plot?: string;
  oneSpeaker?: boolean;
  workflow?: boolean;
  output: Format;
};
