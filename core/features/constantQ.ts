import { planStages } from '../audio/resamplerPlan.js';
import {
  constantQFilters,
  FILTERS_PER_OCTAVE,
  OCTAVES,
  TRANSFORM_LENGTH,
  type ComplexRow,
} from './constantQFilters.js';
import {
  clearBehind,
  HOP_LENGTH,
  LANES,
  MAX_BATCHES,
  MAX_SAMPLES,
  reserveSignal,
  SAMPLE_RATE,
  type Framing,
} from './framing.js';
import type { Address, Observe, Workspace } from './kernels.js';
import { binPositions, rotationTable, twiddleTable } from './transformTables.js';
import { TUNING_EDGES, tuningOfClass } from './tuning.js';

const HALF = TRANSFORM_LENGTH / 2;
const PITCH_CLASSES = 12;
/** All filters of all tunings lie within these bins. */
const FIRST_BIN = 80;
const LAST_BIN = 220;
const FILTER_BYTES = FILTERS_PER_OCTAVE * 8 + 1024 * 8;

/**
 * Chroma of the constant-Q transform of librosa's `chroma_cqt`: magnitudes of seven octaves of 36 filters from C1 on,
 * three filters and seven octaves to a class.
 *
 * The function returned takes a signal that `reserveSignal` made room for and the class of its tuning, and leaves
 * 12 vectors for each batch of frames at the address it returns.
 */
export function createConstantQChroma(
  workspace: Workspace,
): (signal: Address, framing: Framing, tuningClass: number, observe: Observe) => Address {
  const { kernels } = workspace;
  const twiddlesHalf = workspace.place(Float32Array.from(twiddleTable(HALF)));
  const twiddlesFull = workspace.place(Float32Array.from(twiddleTable(TRANSFORM_LENGTH)));
  const positions = workspace.place(binPositions(HALF).map((position) => position * 32));
  const rotations = workspace.place(Float32Array.from(rotationTable(HALF, HALF)));
  const { reach, response } = halvingResponse();
  const halving = workspace.place(response);
  const scratch = workspace.reserve(TRANSFORM_LENGTH * 32);
  const spectrum = workspace.reserve((LAST_BIN - FIRST_BIN + 1) * 32);
  const chroma = workspace.reserve(MAX_BATCHES * PITCH_CLASSES * 16);
  const filtersOfTuning = filterCache(workspace, twiddlesFull, scratch);
  const octaveSignals = Array.from({ length: OCTAVES - 1 }, (_, octave) =>
    reserveSignal(workspace, Math.ceil(MAX_SAMPLES / 2 ** (octave + 1))),
  );

  function addOctave(signal: Address, hop: number, batches: number, filters: Address, observe: Observe): void {
    for (let batch = 0; batch < batches; batch++) {
      kernels.bandSpectra(
        signal + 4 * (batch * LANES * hop - HALF),
        4 * hop,
        HALF,
        FIRST_BIN,
        LAST_BIN,
        twiddlesHalf,
        positions,
        rotations,
        scratch,
        spectrum,
      );
      observe('constant-Q spectra');
      kernels.addOctave(spectrum, FIRST_BIN, filters, chroma + batch * PITCH_CLASSES * 16);
      observe('constant-Q filters');
    }
  }

  return (signal, framing, tuningClass, observe) => {
    const filters = filtersOfTuning(tuningClass);
    observe('constant-Q bank');
    workspace.float32(chroma, framing.batches * PITCH_CLASSES * LANES).fill(0);
    let current = signal;
    let samples = framing.samples;
    addOctave(current, HOP_LENGTH, framing.batches, filters, observe);
    for (let octave = 1; octave < OCTAVES; octave++) {
      const next = octaveSignals[octave - 1]!;
      samples = Math.ceil(samples / 2);
      kernels.halve(current, samples, reach, halving, twiddlesFull, twiddlesHalf, scratch, next);
      clearBehind(workspace, next, samples);
      observe('octaves');
      addOctave(next, HOP_LENGTH >> octave, framing.batches, filters, observe);
      current = next;
    }
    return chroma;
  };
}

/** Banks by tuning class, built when first asked for; room for all of them is taken at once. */
function filterCache(workspace: Workspace, twiddles: Address, scratch: Address): (tuningClass: number) => Address {
  const known = new Map<number, Address>();
  const room = workspace.reserve(FILTER_BYTES * TUNING_EDGES.length);
  const order = binPositions(TRANSFORM_LENGTH);
  const transform = (signals: Float32Array): Float32Array => {
    workspace.float32(scratch, signals.length).set(signals);
    workspace.kernels.fftForward(scratch, TRANSFORM_LENGTH, twiddles);
    const transformed = workspace.float32(scratch, signals.length);
    const bins = new Float32Array(signals.length);
    order.forEach((position, bin) => bins.set(transformed.subarray(position * 8, position * 8 + 8), bin * 8));
    return bins;
  };
  return (tuningClass) => {
    let address = known.get(tuningClass);
    if (address === undefined) {
      address = room + known.size * FILTER_BYTES;
      const packed = packFilters(constantQFilters(SAMPLE_RATE, tuningOfClass(tuningClass), transform));
      workspace.float32(address, packed.length).set(packed);
      known.set(tuningClass, address);
    }
    return address;
  };
}

/** First bin, number of bins, complex weights, row after row, as the kernel `addOctave` reads it. */
function packFilters(rows: ComplexRow[]): Float32Array {
  const packed = new Float32Array(rows.reduce((sum, { weights }) => sum + 2 + weights.length, 0));
  const integers = new Int32Array(packed.buffer);
  let at = 0;
  for (const { firstBin, weights } of rows) {
    integers[at] = firstBin;
    integers[at + 1] = weights.length / 2;
    packed.set(weights, at + 2);
    at += 2 + weights.length;
  }
  return packed;
}

/**
 * The spectrum of libsoxr's filter for halving a rate, in the order of the kernel's transform; it holds the transform's
 * 1/n and the square root of two that keeps the energy (`scale=True` of `librosa.resample`).
 */
function halvingResponse(): { reach: number; response: Float32Array } {
  const [stage] = planStages(2);
  if (stage?.kind !== 'fir' || stage.down !== 2) throw new Error('halving takes one long filter');
  const { taps } = stage;
  const reach = (taps.length - 1) / 2;
  const cosines = Float64Array.from({ length: TRANSFORM_LENGTH }, (_, i) =>
    Math.cos((2 * Math.PI * i) / TRANSFORM_LENGTH),
  );
  const response = new Float32Array(TRANSFORM_LENGTH);
  binPositions(TRANSFORM_LENGTH).forEach((position, bin) => {
    let sum = taps[reach]!;
    for (let i = 1; i <= reach; i++) sum += 2 * taps[reach + i]! * cosines[(i * bin) % TRANSFORM_LENGTH]!;
    response[position] = (sum * Math.SQRT2) / TRANSFORM_LENGTH;
  });
  return { reach, response };
}
