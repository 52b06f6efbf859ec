import protobuf from 'protobufjs/minimal.js';

/**
 * A field of a protobuf message, as a view of its bytes: a file can be changed in one place and
 * stay the same everywhere else.
 */
export interface Field {
  readonly number: number;
  /** With its tag and length. */
  readonly whole: Uint8Array;
  readonly body: Uint8Array;
}

/** Field numbers in the schema of ONNX. */
export const MODEL_GRAPH = 7;
export const GRAPH_NODE = 1;
export const GRAPH_INPUT = 11;
export const GRAPH_OUTPUT = 12;
const VALUE_NAME = 1;

const LENGTH_DELIMITED = 2;

/** The fields of a message in their order. Throws if the bytes are not a message. */
export function split(bytes: Uint8Array): Field[] {
  const reader = protobuf.Reader.create(bytes);
  const fields: Field[] = [];
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const tag = reader.uint32();
    const type = tag & 7;
    let body = new Uint8Array(0) as Uint8Array;
    if (type === LENGTH_DELIMITED) body = reader.bytes();
    else reader.skipType(type);
    fields.push({ number: tag >>> 3, whole: bytes.subarray(start, reader.pos), body });
  }
  return fields;
}

/** The bytes of a field that contains a message or a string. */
export function delimited(number: number, body: Uint8Array): Uint8Array {
  return join([head(number, body.length), body]);
}

function head(number: number, length: number): Uint8Array {
  return protobuf.Writer.create()
    .uint32((number << 3) | LENGTH_DELIMITED)
    .uint32(length)
    .finish();
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}

/** The name of an input or an output of a graph. */
export function valueName(value: Uint8Array): string {
  const name = split(value).find(({ number }) => number === VALUE_NAME);
  return name === undefined ? '' : Buffer.from(name.body).toString('utf8');
}

/**
 * The model with another graph, made of these pieces. Everything around it stays the same, byte for
 * byte. Each piece is copied once.
 */
export function withGraph(model: readonly Field[], graph: readonly Uint8Array[]): Uint8Array {
  const length = graph.reduce((sum, piece) => sum + piece.length, 0);
  return join(
    model.flatMap(({ number, whole }) =>
      number === MODEL_GRAPH ? [head(MODEL_GRAPH, length), ...graph] : [whole],
    ),
  );
}
