import meydaModule, { type MeydaAudioFeature, type MeydaFeaturesObject } from 'meyda';
import { SerError } from '../contracts/errors.js';
import type { FeatureSet } from '../contracts/features.js';

const SAMPLE_RATE = 22050;
const MAX_SECONDS = 3;
const FRAME_LENGTH = 2048;
const HOP_LENGTH = 512;
const CEPSTRA = 13;
const BARK_BANDS = 24;

/** Extractors of the time domain, which Meyda would window as well unless told not to. */
const OF_TIME = ['rms', 'energy', 'zcr'] as const satisfies MeydaAudioFeature[];
/**
 * Extractors of the spectrum under a Hann window. Left out, as Meyda 5.6.3 computes them otherwise than they are defined:
 * `spectralKurtosis` (a square is missing), `spectralSlope` (its denominator lacks the number of bins), `spectralFlux`
 * (throws), `perceptualSharpness` (ignores the loudness of the upper bands), `chroma` (bump widths tend to zero).
 */
const OF_SPECTRUM = [
  'spectralCentroid',
  'spectralSpread',
  'spectralSkewness',
  'spectralFlatness',
  'spectralRolloff',
  'spectralCrest',
  'perceptualSpread',
] as const satisfies MeydaAudioFeature[];

const FRAME_VALUES = [
  ...OF_TIME,
  ...OF_SPECTRUM,
  'loudness',
  ...Array.from({ length: BARK_BANDS }, (_, band) => `loudness_${band}`),
  ...Array.from({ length: CEPSTRA }, (_, coefficient) => `mfcc_${coefficient}`),
];

/** What Meyda keeps on itself and reads at every call; the banks are rebuilt only when their length changes. */
type MeydaState = {
  bufferSize: number;
  sampleRate: number;
  melBands: number;
  chromaBands: number;
  numberOfMFCCCoefficients: number;
  numberOfBarkBands: number;
  windowingFunction: string;
  barkScale: unknown;
  melFilterBank: unknown;
  chromaFilterBank: unknown;
};

/** The package is CommonJS and exports the object itself, its declarations those of an ES module. */
const meyda = meydaModule as unknown as typeof meydaModule.default & MeydaState;

/**
 * Mean and standard deviation over frames of the extractors of Meyda that are well defined, in Meyda's own units (centroid
 * and spread in bins, crossings per frame, roll-off at 99 %).
 *
 * Frames are whole and lie inside the signal; one shorter than a frame is filled up with zeros. A frame
 * for which a value is undefined (the centroid of silence, say) does not count for that value; a value undefined in all
 * frames is 0. A signal without any sample, of zeros alone, or with samples that are not finite is `BadInput`.
 */
export const meydaSet: FeatureSet = {
  name: 'meyda',
  version: 1,
  columns: FRAME_VALUES.flatMap((value) => [`${value}_mean`, `${value}_sd`]),
  sampleRate: SAMPLE_RATE,
  maxSeconds: MAX_SECONDS,
  createExtractor() {
    const state: MeydaState = {
      bufferSize: FRAME_LENGTH,
      sampleRate: SAMPLE_RATE,
      melBands: 26,
      chromaBands: 12,
      numberOfMFCCCoefficients: CEPSTRA,
      numberOfBarkBands: BARK_BANDS,
      windowingFunction: 'hanning',
      barkScale: undefined,
      melFilterBank: undefined,
      chromaFilterBank: undefined,
    };
    return (recording) => {
      const samples = recording.subarray(0, SAMPLE_RATE * MAX_SECONDS);
      assertUsable(samples);
      Object.assign(meyda, state);
      const frames = framesOf(samples).map(valuesOfFrame);
      for (const bank of ['barkScale', 'melFilterBank', 'chromaFilterBank'] as const) state[bank] = meyda[bank];
      return Float64Array.from(FRAME_VALUES.flatMap((_, i) => meanAndDeviation(frames.map((values) => values[i]!))));
    };
  },
};

function assertUsable(samples: Float32Array): void {
  if (!samples.every(Number.isFinite)) throw new SerError('BadInput', 'there are samples that are not finite');
  if (samples.some((sample) => sample !== 0)) return;
  throw new SerError(
    'BadInput',
    'the recording is digital silence: every sample is zero',
    '',
    'leave the recording out',
  );
}

function framesOf(samples: Float32Array): Float32Array[] {
  const count = 1 + Math.floor(Math.max(samples.length - FRAME_LENGTH, 0) / HOP_LENGTH);
  return Array.from({ length: count }, (_, i) => {
    const frame = new Float32Array(FRAME_LENGTH);
    frame.set(samples.subarray(i * HOP_LENGTH, i * HOP_LENGTH + FRAME_LENGTH));
    return frame;
  });
}

/** In the order of `FRAME_VALUES`. */
function valuesOfFrame(frame: Float32Array): number[] {
  const ofTime = extract(OF_TIME, frame, 'rect');
  const ofSpectrum = extract([...OF_SPECTRUM, 'loudness', 'mfcc'], frame, 'hanning');
  return [
    ...OF_TIME.map((name) => ofTime[name]),
    ...OF_SPECTRUM.map((name) => ofSpectrum[name]),
    ofSpectrum.loudness.total,
    ...ofSpectrum.loudness.specific,
    ...ofSpectrum.mfcc,
  ];
}

function extract<Name extends MeydaAudioFeature & keyof MeydaFeaturesObject>(
  names: readonly Name[],
  frame: Float32Array,
  windowingFunction: string,
): Pick<MeydaFeaturesObject, Name> {
  meyda.windowingFunction = windowingFunction;
  return meyda.extract([...names], frame) as Pick<MeydaFeaturesObject, Name>;
}

/** Over the finite values; both 0 when there is none. */
function meanAndDeviation(values: number[]): [number, number] {
  const defined = values.filter(Number.isFinite);
  if (defined.length === 0) return [0, 0];
  const mean = defined.reduce((sum, value) => sum + value, 0) / defined.length;
  const variance = defined.reduce((sum, value) => sum + (value - mean) ** 2, 0) / defined.length;
  return [mean, Math.sqrt(variance)];
}
