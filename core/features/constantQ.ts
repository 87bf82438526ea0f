import { createResampler } from '../audio/resample.js';
import {
  constantQFilters,
  FILTERS_PER_OCTAVE,
  OCTAVES,
  TRANSFORM_LENGTH,
  type ComplexRow,
  type FourTransforms,
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
import { binPositions, placeTransformTables, twiddleTable } from './transformTables.js';
import { createTuningBanks } from './tuningBanks.js';

const HALF = TRANSFORM_LENGTH / 2;
const PITCH_CLASSES = 12;
/** The filters of all tunings lie within these bins, and a bank of them within so many bytes. */
const FIRST_BIN = 90;
const LAST_BIN = 205;
const BANK_BYTES = 8 * (FILTERS_PER_OCTAVE + 700);
const SPECTRUM_BYTES = (LAST_BIN - FIRST_BIN + 1) * 32;
const CHROMA_BYTES = PITCH_CLASSES * 16;

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
  const { twiddles, positions, rotations } = placeTransformTables(workspace, HALF);
  const halve = createResampler(2, 1);
  const scratch = workspace.reserve(TRANSFORM_LENGTH * 32);
  // Filters take two batches at a time; what the one behind an odd last batch holds is nobody's.
  const spectra = workspace.reserve(2 * SPECTRUM_BYTES);
  const chroma = workspace.reserve((MAX_BATCHES + 1) * CHROMA_BYTES);
  const transform = createTransform(workspace, scratch);
  const filtersOfTuning = createTuningBanks(workspace, BANK_BYTES, (tuning) =>
    packFilters(constantQFilters(SAMPLE_RATE, tuning, transform)),
  );
  const octaveSignal = reserveSignal(workspace, MAX_SAMPLES);

  function addOctave(signal: Address, octave: number, batches: number, filters: Address, observe: Observe): void {
    const hop = HOP_LENGTH >> octave;
    const scale = 2 ** (octave / 2);
    for (let batch = 0; batch < batches; batch++) {
      const second = batch % 2;
      kernels.bandSpectra(
        signal + 4 * (batch * LANES * hop - HALF),
        4 * hop,
        HALF,
        FIRST_BIN,
        LAST_BIN,
        twiddles,
        positions,
        rotations,
        scratch,
        spectra + second * SPECTRUM_BYTES,
      );
      observe('constant-Q spectra');
      if (second === 0 && batch < batches - 1) continue;
      const sums = chroma + (batch - second) * CHROMA_BYTES;
      kernels.addOctave(spectra, SPECTRUM_BYTES, FIRST_BIN, filters, scale, sums);
      observe('constant-Q filters');
    }
  }

  return (signal, framing, tuningClass, observe) => {
    const filters = filtersOfTuning(tuningClass);
    observe('constant-Q bank');
    workspace.float32(chroma, framing.batches * PITCH_CLASSES * LANES).fill(0);
    addOctave(signal, 0, framing.batches, filters, observe);
    let samples = workspace.float32(signal, framing.samples);
    for (let octave = 1; octave < OCTAVES; octave++) {
      samples = halve(samples, workspace.float32(octaveSignal, Math.ceil(samples.length / 2)));
      clearBehind(workspace, octaveSignal, samples.length);
      observe('octaves');
      addOctave(octaveSignal, octave, framing.batches, filters, observe);
    }
    return chroma;
  };
}

/** Transforms by the kernel, in its scratch memory. */
function createTransform(workspace: Workspace, scratch: Address): FourTransforms {
  const twiddles = workspace.place(Float32Array.from(twiddleTable(TRANSFORM_LENGTH)));
  const positions = binPositions(TRANSFORM_LENGTH);
  return (signals) => {
    workspace.float32(scratch, signals.length).set(signals);
    workspace.kernels.fftForward(scratch, TRANSFORM_LENGTH, twiddles);
    return { values: workspace.float32(scratch, signals.length), positions };
  };
}

/** First bin, number of bins, complex weights, row after row, as the kernel `addOctave` reads it; halved, as its spectra are doubled. */
function packFilters(rows: ComplexRow[]): Float32Array {
  const packed = new Float32Array(rows.reduce((sum, { weights }) => sum + 2 + weights.length, 0));
  const integers = new Int32Array(packed.buffer);
  let at = 0;
  for (const { firstBin, weights } of rows) {
    integers[at] = firstBin;
    integers[at + 1] = weights.length / 2;
    weights.forEach((weight, i) => (packed[at + 2 + i] = weight / 2));
    at += 2 + weights.length;
  }
  return packed;
}
