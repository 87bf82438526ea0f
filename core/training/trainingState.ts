import { SerError } from '../contracts/errors.js';
import type { EpochMetrics } from '../contracts/training.js';
import type { PlateauState, StoppingState } from './callbacks.js';
import type { NetworkWeights } from './network.js';

/** Weights and optimiser of a network in training; the moments lie as the parameters do. */
export type OptimiserState = NetworkWeights & { firstMoment: Float32Array; secondMoment: Float32Array };

/** All that decides how a training goes on after an epoch. Random draws need no state: they are keyed by the epoch. */
export type TrainingState = {
  /** Names the training it belongs to: backend, network, parameters, number of rows. */
  fingerprint: string;
  /** Epochs finished. */
  epoch: number;
  /** Steps of the optimiser so far. */
  iteration: number;
  stopping: StoppingState;
  plateau: PlateauState;
  history: EpochMetrics[];
  current: OptimiserState;
  best: NetworkWeights;
};

/** The arrays of a state, in the order in which they are written. */
function arraysOf({ current, best }: TrainingState): Float32Array[] {
  return [
    current.parameters,
    current.statistics,
    current.firstMoment,
    current.secondMoment,
    best.parameters,
    best.statistics,
  ];
}

const ARRAYS = 6;

/** A state as bytes: length of the header, header (JSON), the arrays as little-endian floats. */
export function encodeTrainingState(state: TrainingState): Uint8Array {
  const arrays = arraysOf(state);
  const { fingerprint, epoch, iteration, stopping, plateau, history } = state;
  const lengths = arrays.map((array) => array.length);
  const content = { fingerprint, epoch, iteration, stopping, plateau, history, lengths };
  const header = Buffer.from(JSON.stringify(content));
  const bytes = Buffer.alloc(4 + header.length + arrays.reduce((sum, array) => sum + array.byteLength, 0));
  bytes.writeUInt32LE(header.length, 0);
  bytes.set(header, 4);
  let offset = 4 + header.length;
  for (const array of arrays) {
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), offset);
    offset += array.byteLength;
  }
  return bytes;
}

/** @throws SerError `Incompatible` for bytes that are no whole state */
export function decodeTrainingState(bytes: Uint8Array): TrainingState {
  const { lengths, ...header } = readHeader(bytes);
  let offset = 4 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  if (bytes.byteLength !== offset + 4 * lengths.reduce((sum, length) => sum + length, 0)) throw notAState();
  const arrays = lengths.map((length) => {
    const array = new Float32Array(new Uint8Array(bytes.subarray(offset, offset + 4 * length)).buffer);
    offset += 4 * length;
    return array;
  });
  const at = (index: number) => arrays[index] as Float32Array;
  return {
    ...header,
    current: { parameters: at(0), statistics: at(1), firstMoment: at(2), secondMoment: at(3) },
    best: { parameters: at(4), statistics: at(5) },
  };
}

type Header = Omit<TrainingState, 'current' | 'best'> & { lengths: number[] };

function readHeader(bytes: Uint8Array): Header {
  if (bytes.byteLength < 4) throw notAState();
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  if (bytes.byteLength < 4 + length) throw notAState();
  try {
    const header = JSON.parse(Buffer.from(bytes.subarray(4, 4 + length)).toString()) as Header;
    if (Array.isArray(header.lengths) && header.lengths.length === ARRAYS) return header;
  } catch {
    // fall through: the bytes are refused below, whatever they are
  }
  throw notAState();
}

function notAState(): SerError {
  return new SerError('Incompatible', 'the bytes are not a whole training state', 'checkpoint', 'delete it');
}
