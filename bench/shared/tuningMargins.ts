import { createFrameFeatures, type PeakList } from '../../core/features/frameFeatures.js';
import { framingOf, MAX_SAMPLES, placeSignal, reserveSignal } from '../../core/features/framing.js';
import { createWorkspace } from '../../core/features/kernels.js';
import { TUNING_EDGES } from '../../core/features/tuning.js';

/**
 * How many votes lie between the fullest and the next class of both tuning histograms of librosa195: for semitones (chroma)
 * and for thirds of a semitone (tonnetz). Where it is 0 or 1, a rounding decides.
 */
export function createTuningMargins(): (samples: Float32Array) => [semitones: number, thirds: number] {
  const workspace = createWorkspace();
  const { kernels } = workspace;
  const signal = reserveSignal(workspace, MAX_SAMPLES);
  const lanes = workspace.place(Int32Array.of(-1, -1, -1, -1));
  const edges = workspace.place(TUNING_EDGES);
  const counts = workspace.reserve(4 * TUNING_EDGES.length);
  const heights = workspace.reserve(4 * MAX_SAMPLES);
  const frameFeatures = createFrameFeatures(workspace);

  const margin = ({ start, end }: PeakList, binsPerOctave: number): number => {
    kernels.tuningClass(start, end, binsPerOctave, edges, counts, heights);
    const votes = workspace.int32(counts, TUNING_EDGES.length - 1).toSorted((a, b) => b - a);
    return votes[0]! - votes[1]!;
  };
  return (recording) => {
    const samples = recording.subarray(0, MAX_SAMPLES);
    placeSignal(workspace, signal, samples);
    const found = frameFeatures(signal, framingOf(samples.length), lanes, lanes, () => undefined);
    return [margin(found.powerPeaks, 12), margin(found.magnitudePeaks, 36)];
  };
}
