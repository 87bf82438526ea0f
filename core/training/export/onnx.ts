import { VERSION } from '../../contracts/names.js';
import { SerError } from '../../contracts/errors.js';
import { type Bundle, measuresSpeakers } from '../bundle.js';
import type { DenseChain, DenseStage } from '../readLayersModel.js';
import type { Scaler } from '../scaler.js';
import { cast, matrix, modelOf, node, type OnnxGraph, type Precision, tensor } from './onnxFormat.js';

/** Names of the model's input, [batch, features], and output, [batch, labels]. */
export const ONNX_INPUT = 'features';
export const ONNX_OUTPUT = 'probabilities';

/** Larger errors of a scaled value could show in the probabilities. */
const LARGEST_ROUNDING = 1e-5;
const HALF_ULP = 2 ** -24;

/**
 * A bundle as one ONNX model (opset 13): features as they were extracted go in, the scaler is part of the graph, and of
 * an ensemble the mean of the networks comes out. The metadata name feature set, columns and labels, as JSON.
 *
 * Features are taken in single precision, or in double where the scaler takes off so large a mean that single precision
 * would lose what is left.
 *
 * @throws SerError `Incompatible` for a bundle that measures features against the speaker's own: single rows can't
 */
export function onnxOf(bundle: Bundle): Uint8Array {
  const { networks, scaler, labels, metadata } = bundle;
  const { name, version, columns } = metadata.featureSet;
  if (measuresSpeakers(bundle)) {
    throw new SerError(
      'Incompatible',
      "measures features against the speaker's own, over several recordings; a graph of single rows can't",
      'model',
      'Export a model that was trained with `--normalise global`.',
    );
  }
  const precision = precisionOf(scaler);
  const graph: OnnxGraph = { nodes: [], initializers: [] };
  const scaled = addScaler(graph, scaler, precision);
  const answers = networks.map((chain, index) => addNetwork(graph, chain, scaled, `network_${index + 1}`));
  graph.nodes.push(node(answers.length === 1 ? 'Identity' : 'Mean', answers, ONNX_OUTPUT));
  return modelOf({
    producer: ['ser', VERSION],
    graph: {
      ...graph,
      name: `${name} to ${labels.length} labels`,
      input: matrix(ONNX_INPUT, columns.length, precision),
      output: matrix(ONNX_OUTPUT, labels.length),
    },
    metadata: {
      feature_set: name,
      feature_set_version: `${version}`,
      columns: JSON.stringify(columns),
      labels: JSON.stringify(labels),
    },
  });
}

/** A value is rounded before its mean is taken off, so that the mean's size decides what is lost. */
function precisionOf({ mean, scale }: Scaler): Precision {
  const keeps = mean.every((value, column) => 2 * HALF_ULP * Math.abs(value) <= LARGEST_ROUNDING * scale[column]!);
  return keeps ? 'float' : 'double';
}

/** @returns the name of the scaled features, in single precision */
function addScaler({ nodes, initializers }: OnnxGraph, { mean, scale }: Scaler, precision: Precision): string {
  const dims = [mean.length];
  initializers.push(tensor('scaler/mean', dims, mean, precision), tensor('scaler/scale', dims, scale, precision));
  nodes.push(
    node('Sub', [ONNX_INPUT, 'scaler/mean'], 'scaler/deviation'),
    node('Div', ['scaler/deviation', 'scaler/scale'], 'scaler/quotient'),
    cast('scaler/quotient', 'scaler/scaled', 'float'),
  );
  return 'scaler/scaled';
}

/** @returns the name of the network's probabilities */
function addNetwork(graph: OnnxGraph, chain: DenseChain, input: string, name: string): string {
  return chain.reduce((values, stage, index) => addStage(graph, stage, values, `${name}/dense_${index + 1}`), input);
}

/** Dense, its activation, and what follows of batch normalisation: one multiplication and one addition a unit. */
function addStage({ nodes, initializers }: OnnxGraph, stage: DenseStage, input: string, name: string): string {
  const { inputs, units, kernel, bias, scale, shift, activation } = stage;
  let values = input;
  const add = (operator: string, constants: string[], result: string) => {
    nodes.push(node(operator, [values, ...constants], `${name}/${result}`));
    values = `${name}/${result}`;
  };
  const constant = (part: string, dims: number[], data: ArrayLike<number>): string => {
    initializers.push(tensor(`${name}/${part}`, dims, data));
    return `${name}/${part}`;
  };
  add('Gemm', [constant('kernel', [inputs, units], kernel), constant('bias', [units], bias)], 'product');
  if (activation !== 'linear') add(activation === 'relu' ? 'Relu' : 'Softmax', [], activation);
  if (scale.every((factor) => factor === 1) && shift.every((term) => term === 0)) return values;
  add('Mul', [constant('scale', [units], scale)], 'multiplied');
  add('Add', [constant('shift', [units], shift)], 'normalised');
  return values;
}
