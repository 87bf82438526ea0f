/** In Hz: everything above 8 kHz would tell the recording's own sampling rate rather than the voice. */
export const SAMPLE_RATE = 16000;
export const MAX_SECONDS = 10;
export const MAX_SAMPLES = SAMPLE_RATE * MAX_SECONDS;

/** 47 ms: nearly three periods of the lowest pitch. With the longest lag it fits into the transform. */
export const FRAME_LENGTH = 752;
export const TRANSFORM_LENGTH = 1024;
export const BINS = TRANSFORM_LENGTH / 2 + 1;
export const BIN_HZ = SAMPLE_RATE / TRANSFORM_LENGTH;

/** 10 ms. */
export const HOP_LENGTH = 160;
export const HOP_SECONDS = HOP_LENGTH / SAMPLE_RATE;

/** Frames are analysed four at a time, each in a lane of its own. */
export const LANES = 4;
export const MAX_FRAMES = frameCount(MAX_SAMPLES);
export const MAX_BATCHES = Math.ceil(MAX_FRAMES / LANES);

/** Frames lie inside the signal; one shorter than a frame is filled up with zeros. */
export function frameCount(samples: number): number {
  return 1 + Math.floor(Math.max(samples - FRAME_LENGTH, 0) / HOP_LENGTH);
}

/** How far below the loudest frame (dB) a frame is silent. */
export const SILENCE_DB = 35;

/** Where something is to be heard: frames from `first` up to, not including, `end`. */
export type Stretch = { first: number; end: number };

/** From the first frame that is not silent to the last. `levels` in dB. */
export function soundingStretch(levels: Float64Array): Stretch {
  const threshold = levels.reduce((a, b) => Math.max(a, b)) - SILENCE_DB;
  return {
    first: levels.findIndex((level) => level > threshold),
    end: 1 + levels.findLastIndex((level) => level > threshold),
  };
}
