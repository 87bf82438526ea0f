import { bytes, integer, message, text } from './protobuf.js';

/** Messages of the ONNX format (onnx.proto), encoded. */
type NodeProto = Uint8Array;
type TensorProto = Uint8Array;
type ValueInfoProto = Uint8Array;

/** Operators and their constants, in the order in which they are computed. */
export type OnnxGraph = { nodes: NodeProto[]; initializers: TensorProto[] };

export type OnnxModel = {
  /** Name and version of the program that writes it. */
  producer: [name: string, version: string];
  graph: OnnxGraph & { name: string; input: ValueInfoProto; output: ValueInfoProto };
  metadata: Record<string, string>;
};

/** The oldest versions that have all operators used here in today's form, so that old runtimes read it. */
const IR_VERSION = 7;
const OPSET_VERSION = 13;

/** The names of `TensorProto.DataType` for numbers of four and eight bytes. */
export type Precision = 'float' | 'double';
const DATA_TYPE = { float: 1, double: 11 } as const;

/** `AttributeProto.AttributeType.INT`. */
const INT = 2;

/** An operator with its defaults: the result, of the inputs. */
export function node(operator: string, inputs: readonly string[], output: string): NodeProto {
  return message(nodeFields(operator, inputs, output));
}

/** Takes numbers to another precision. */
export function cast(input: string, output: string, precision: Precision): NodeProto {
  const to = message(text(1, 'to'), integer(3, DATA_TYPE[precision]), integer(20, INT));
  return message(nodeFields('Cast', [input], output), bytes(5, to));
}

function nodeFields(operator: string, inputs: readonly string[], output: string): Uint8Array[] {
  return [...inputs.map((name) => text(1, name)), text(2, output), text(3, output), text(4, operator)];
}

/** A constant, row by row. */
export function tensor(
  name: string,
  dims: readonly number[],
  values: ArrayLike<number>,
  precision: Precision = 'float',
): TensorProto {
  return message(
    dims.map((length) => integer(1, length)),
    integer(2, DATA_TYPE[precision]),
    text(8, name),
    bytes(9, precision === 'float' ? littleEndian(Float32Array.from(values)) : littleEndian(Float64Array.from(values))),
  );
}

/** All machines that Node runs on are little-endian, as the format is. */
function littleEndian({ buffer }: Float32Array | Float64Array): Uint8Array {
  return new Uint8Array(buffer);
}

/** What a model takes or gives: a matrix of any number of rows. */
export function matrix(name: string, columns: number, precision: Precision = 'float'): ValueInfoProto {
  const rows = message(text(2, 'batch'));
  const shape = message(bytes(1, rows), bytes(1, message(integer(1, columns))));
  const type = message(bytes(1, message(integer(1, DATA_TYPE[precision]), bytes(2, shape))));
  return message(text(1, name), bytes(2, type));
}

/** The file of a model. */
export function modelOf({ producer, graph, metadata }: OnnxModel): Uint8Array {
  const [name, version] = producer;
  return message(
    integer(1, IR_VERSION),
    text(2, name),
    text(3, version),
    bytes(
      7,
      message(
        graph.nodes.map((one) => bytes(1, one)),
        text(2, graph.name),
        graph.initializers.map((one) => bytes(5, one)),
        bytes(11, graph.input),
        bytes(12, graph.output),
      ),
    ),
    bytes(8, message(text(1, ''), integer(2, OPSET_VERSION))),
    Object.entries(metadata).map(([key, value]) => bytes(14, message(text(1, key), text(2, value)))),
  );
}
