import protobuf from 'protobufjs';

/** A field of a protobuf message, as a view of its bytes: a file can be changed in one place and stay the same in all others. */
export interface Field {
  readonly number: number;
  /** With its tag and length. */
  readonly whole: Uint8Array;
  readonly body: Uint8Array;
}

/** Field numbers of ONNX's schema. */
export const MODEL_GRAPH = 7;
export const GRAPH_NODE = 1;
export const GRAPH_INPUT = 11;
export const GRAPH_OUTPUT = 12;
const VALUE_NAME = 1;

const LENGTH_DELIMITED = 2;

/** The fields of a message in their order. Throws where the bytes are not a message. */
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

/** Calls back for each field with where its body lies (of a number alone, too), and makes no object of any: a message may have millions. */
export function eachField(bytes: Uint8Array, visit: (number: number, start: number, end: number) => void): void {
  const reader = protobuf.Reader.create(bytes);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const type = tag & 7;
    let start = reader.pos;
    if (type === LENGTH_DELIMITED) {
      const length = reader.uint32();
      start = reader.pos;
      reader.skip(length);
    } else reader.skipType(type);
    visit(tag >>> 3, start, reader.pos);
  }
}

/** The bytes of a field that holds a message or a text. */
export function delimited(number: number, body: Uint8Array): Uint8Array {
  const head = protobuf.Writer.create()
    .uint32((number << 3) | LENGTH_DELIMITED)
    .uint32(body.length)
    .finish();
  return join([head, body]);
}

export function join(parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}

/** The name of an input or an output of a graph. */
export function valueName(value: Uint8Array): string {
  const name = split(value).find(({ number }) => number === VALUE_NAME);
  return name === undefined ? '' : Buffer.from(name.body).toString('utf8');
}

/** The model with another graph: everything around it is what it was, byte for byte. */
export function withGraph(model: readonly Field[], graph: Uint8Array): Uint8Array {
  return join(model.map(({ number, whole }) => (number === MODEL_GRAPH ? delimited(MODEL_GRAPH, graph) : whole)));
}
