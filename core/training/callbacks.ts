/** Keras's EarlyStopping and ReduceLROnPlateau on the validation loss, as functions of a state that a checkpoint keeps. */

/** `best` is null before the first epoch. */
export type StoppingState = { best: number | null; bestEpoch: number; wait: number };

export type PlateauState = { best: number | null; wait: number; learningRate: number };

/** Keras's default: the plateau's best is beaten by more than this only. */
const PLATEAU_MIN_DELTA = 1e-4;

export function startStopping(): StoppingState {
  return { best: null, bestEpoch: 0, wait: 0 };
}

/** Keras keeps the learning rate in single precision. */
export function startPlateau(learningRate: number): PlateauState {
  return { best: null, wait: 0, learningRate: Math.fround(learningRate) };
}

/**
 * EarlyStopping at the end of an epoch. The weights are the best so far when `wait` is 0 afterwards; the training ends
 * when it reaches the patience.
 *
 * @param epoch from 1
 */
export function afterEpochStopping(state: StoppingState, loss: number, epoch: number): StoppingState {
  if (state.best === null || loss < state.best) return { best: loss, bestEpoch: epoch, wait: 0 };
  return { ...state, wait: state.wait + 1 };
}

/** ReduceLROnPlateau(factor, patience, min_lr) without cooldown at the end of an epoch. */
export function afterEpochPlateau(
  state: PlateauState,
  loss: number,
  { patience, factor, minimum }: { patience: number; factor: number; minimum: number },
): PlateauState {
  if (state.best === null || loss < state.best - PLATEAU_MIN_DELTA) return { ...state, best: loss, wait: 0 };
  const wait = state.wait + 1;
  if (wait < patience || state.learningRate <= Math.fround(minimum)) return { ...state, wait };
  return { ...state, wait: 0, learningRate: Math.fround(Math.max(state.learningRate * factor, minimum)) };
}
