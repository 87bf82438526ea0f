/**
 * A named, versioned function from samples to a vector.
 *
 * A feature set's `version` changes when a value of its output would.
 */
export type FeatureSet = {
  name: string;
  version: number;
  /** One name per element of the vector, in order. */
  columns: readonly string[];
  /** In Hz; what the samples must be resampled to. */
  sampleRate: number;
  /** Only so much of a recording is looked at. */
  maxSeconds: number;
  /**
   * Builds the banks and plans once and returns the function itself. The function takes mono samples at `sampleRate`
   * and returns one finite number per column; it owns its scratch memory, so one instance serves one thread.
   *
   * @throws SerError `BadInput` for samples no vector is defined for
   */
  createExtractor(): (samples: Float32Array) => Float64Array;
};

/** What keys and model metadata record of a feature set. */
export type FeatureSetReference = { name: string; version: number };
