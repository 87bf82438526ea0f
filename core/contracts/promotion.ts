/** Two models on the recordings that neither was trained on. */
export type ModelComparison = {
  recordings: number;
  /** Macro F1 of the model that wants to become champion, and of the champion. */
  macroF1: number;
  championMacroF1: number;
  /** Of the first above the second, with its 95 % interval by bootstrap. */
  difference: number;
  low: number;
  high: number;
  /** Recordings that only one of them names right, and the p of McNemar's exact test. */
  onlyThis: number;
  onlyChampion: number;
  p: number;
};

/** Whether a model became champion, and why. */
export type Promotion = { promoted: boolean; reason: string; comparison?: ModelComparison };
