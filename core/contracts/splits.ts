/** What may not be in two parts of a split: nothing else, speakers, sentences, or corpora (of which one is the test part). */
export const SPLIT_PROTOCOLS = ['random', 'speaker', 'sentence', 'corpus'] as const;

export type SplitProtocol = (typeof SPLIT_PROTOCOLS)[number];

/** How recordings are put into the parts. What is left out is no part of a split's key. */
export type SplitConfig = {
  protocol: SplitProtocol;
  seed: number;
  /** Of a cross-validation: the test part is this one of so many folds. */
  fold?: { /** From 0. */ index: number; of: number };
  /** The corpus that is the test part; of protocol `corpus` only, and not with a fold. */
  leaveOut?: string;
  /** Of a search: what is not tested is cut into folds itself, and the test part is one of them. */
  inner?: { protocol: SplitProtocol; /** From 0. */ index: number; of: number };
};
