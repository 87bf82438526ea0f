import type { FeatureSet } from '../contracts/features.js';
import { createSpectralDescriptors, POWER_BYTES, SPECTRAL_DESCRIPTORS } from './functionals/descriptors.js';
import {
  BINS,
  frameCount,
  FRAME_LENGTH,
  HOP_LENGTH,
  LANES,
  MAX_BATCHES,
  MAX_FRAMES,
  MAX_SAMPLES,
  MAX_SECONDS,
  SAMPLE_RATE,
  SILENCE_DB,
  soundingStretch,
  TRANSFORM_LENGTH,
} from './functionals/framing.js';
import { createWorkspace } from './functionals/kernels.js';
import { createPitchFinder, type PitchTrack } from './functionals/pitch.js';
import { appendRhythm, RHYTHM_COLUMNS } from './functionals/rhythm.js';
import {
  CONTOUR_FUNCTIONALS,
  createSummariser,
  VOICE_FUNCTIONALS,
  type FrameSets,
  type Sink,
} from './functionals/statistics.js';
import { createVoiceDescriptors, VOICE_DESCRIPTORS } from './functionals/voice.js';
import type { Observe } from './kernels.js';
import { placeTransformTables } from './transformTables.js';
import { assertUsable, LARGEST_SAMPLE } from './usable.js';

const LOWEST_POWER = 1e-10;

/** Contours with a value in every frame, those of the samples before those of the spectra. */
const CONTOURS = ['level', 'crossings', 'periodicity', ...SPECTRAL_DESCRIPTORS];

const COLUMNS: readonly string[] = [
  ...CONTOURS.flatMap((contour) => CONTOUR_FUNCTIONALS.map((functional) => `${contour}:${functional}`)),
  ...VOICE_DESCRIPTORS.flatMap((contour) => VOICE_FUNCTIONALS.map((functional) => `${contour}:${functional}`)),
  ...RHYTHM_COLUMNS.map((column) => `rhythm:${column}`),
];

/**
 * Distribution, changes and course of 51 contours over the sounding stretch of a recording: level, spectral shape, cepstra,
 * spectral contrast, and, where there is a voice, its pitch, harmonicity and the tilt of its harmonics; and measures of rhythm.
 *
 * Measured against the largest sample, so that a gain changes nothing but rounding. The stretch begins with the first and
 * ends with the last frame within 35 dB of the loudest, so that silence around it changes nothing but the place of
 * the frames. A signal shorter than a frame is filled up with zeros; what a contour does not have (a voice, deltas) is 0.
 * A signal without any sample, of zeros alone, or with samples that are not finite or beyond 1e12 is `BadInput`.
 */
export const functionals: FeatureSet = {
  name: 'functionals',
  version: 1,
  columns: COLUMNS,
  sampleRate: SAMPLE_RATE,
  maxSeconds: MAX_SECONDS,
  createExtractor: () => createFunctionalsExtractor(),
};

/** As `functionals.createExtractor`, with an observer of its steps. */
export function createFunctionalsExtractor(observe: Observe = () => {}): (samples: Float32Array) => Float64Array {
  const workspace = createWorkspace();
  const { kernels } = workspace;
  const room = MAX_SAMPLES + FRAME_LENGTH + LANES * HOP_LENGTH;
  const signal = workspace.reserve(4 * room);
  const [powers, peaks, crossings] = [1, 2, 3].map(() => workspace.reserve(4 * MAX_FRAMES)) as [number, number, number];
  const stride = 4 * LANES * MAX_BATCHES;
  const contours = workspace.reserve(stride * (1 + SPECTRAL_DESCRIPTORS.length));
  const power = workspace.reserve(POWER_BYTES);
  const tables = placeTransformTables(workspace, TRANSFORM_LENGTH / 2);
  const describe = createSpectralDescriptors(workspace, tables);
  const pitch = createPitchFinder(workspace, tables);
  const describeVoice = createVoiceDescriptors(workspace);

  return (recording) => {
    const samples = recording.subarray(0, MAX_SAMPLES);
    const placed = workspace.float32(signal, room);
    placed.set(samples);
    placed.fill(0, samples.length);
    assertUsable(kernels.examine(signal, samples.length, LARGEST_SAMPLE));
    kernels.scaleSamples(signal, samples.length);
    const all = frameCount(samples.length);
    kernels.frameMeasures(signal, all, FRAME_LENGTH, HOP_LENGTH, powers, peaks, crossings);
    const allLevels = Float64Array.from(
      workspace.float32(powers, all),
      (value) => 10 * Math.log10(value + LOWEST_POWER),
    );
    const { first, end } = soundingStretch(allLevels);
    const frames = end - first;
    observe('levels');

    for (let batch = 0; batch * LANES < frames; batch++) {
      const batchPower = power + batch * BINS * LANES * 4;
      const batchContours = contours + batch * LANES * 4;
      const source = signal + 4 * HOP_LENGTH * (first + batch * LANES);
      describe(source, batchPower, batch === 0, batchContours + stride, stride);
      observe('spectra');
      pitch.look(batchPower, batch, batchContours);
      observe('autocorrelation');
    }
    const track = pitch.track(workspace.float32(peaks + 4 * first, frames));
    observe('pitch track');
    const voice = describeVoice(track, power);
    observe('voice');

    const levels = allLevels.subarray(first, end);
    const everywhere = [
      Float32Array.from(levels),
      workspace.float32(crossings + 4 * first, frames),
      ...Array.from({ length: 1 + SPECTRAL_DESCRIPTORS.length }, (_, row) =>
        workspace.float32(contours + row * stride, frames),
      ),
    ];
    const vector = vectorOf(levels, track, everywhere, voice);
    observe('functionals');
    return vector;
  };
}

/** @param everywhere `CONTOURS`; `voice`: `VOICE_DESCRIPTORS`; all of them over one stretch of frames */
function vectorOf(
  levels: Float64Array,
  track: PitchTrack,
  everywhere: readonly Float32Array[],
  voice: readonly Float32Array[],
): Float64Array {
  const loudest = levels.reduce((a, b) => Math.max(a, b));
  const active = Uint8Array.from(levels, (level) => (level > loudest - SILENCE_DB ? 1 : 0));
  const voiced = Uint8Array.from(track.hz, (hz) => (hz > 0 ? 1 : 0));
  const summarise = createSummariser(levels.length, frameSets(active, voiced));
  const sink: Sink = { vector: new Float64Array(COLUMNS.length), length: 0 };
  for (const contour of everywhere) summarise.ofContour(contour, sink);
  for (const contour of voice) summarise.ofVoice(contour, sink);
  appendRhythm(levels, active, voiced, sink);
  return sink.vector;
}

function frameSets(active: Uint8Array, voiced: Uint8Array): FrameSets {
  const framesWhere = (holds: (frame: number) => boolean): Uint32Array =>
    Uint32Array.from([...active.keys()].filter(holds));
  return {
    active: framesWhere((frame) => active[frame] === 1),
    voiced: framesWhere((frame) => voiced[frame] === 1),
    unvoiced: framesWhere((frame) => active[frame] === 1 && voiced[frame] === 0),
  };
}
