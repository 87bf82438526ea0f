/** Where the name of the model lies that `predict` uses when nobody names another. */
export const CHAMPION_KEY = 'aliases/champion.json';

export type Champion = {
  /** The run that trained it. */
  run: string;
  /** Key of the model. */
  model: string;
  /** Key of the split it was evaluated on. */
  split: string;
  macroF1: number;
  /** Whether it was trained on synthetic speech. */
  synthetic: boolean;
  /** Why it became champion. */
  reason: string;
};
