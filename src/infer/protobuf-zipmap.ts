import protobuf from 'protobufjs';
import { floatOutput, readNode, type OnnxNode } from './protobuf-onnx.ts';

/** An output that the file declares as a sequence of maps, and the tensor with the same numbers. */
export interface ZipMap {
  readonly output: string;
  readonly tensor: string;
  readonly classes: readonly string[];
}

export interface Unzipped {
  readonly zipMaps: readonly ZipMap[];
  /** The model with the tensors as outputs in the place of the maps; everything else is what it was, byte for byte. */
  readonly bytes: () => Uint8Array;
}

interface Field {
  readonly number: number;
  readonly whole: Uint8Array;
  readonly body: Uint8Array;
}

/** Field numbers of ONNX's schema. */
const MODEL_GRAPH = 7;
const GRAPH_NODE = 1;
const GRAPH_OUTPUT = 12;
const VALUE_NAME = 1;

const LENGTH_DELIMITED = 2;

/**
 * Takes the ZipMaps off the end of a graph. Converters put one there by default: it turns a row of class probabilities into a
 * map for Python's sake, and ONNX Runtime does not hand maps to Node. The numbers stand in the tensor before it.
 */
export function withoutZipMaps(model: Uint8Array): Unzipped {
  const fields = split(model);
  const graph = fields.find(({ number }) => number === MODEL_GRAPH);
  if (graph === undefined) return { zipMaps: [], bytes: () => model };
  const parts = split(graph.body);
  const zipMaps = parts.filter(({ number }) => number === GRAPH_NODE).flatMap(({ body }) => zipMapOf(readNode(body)));
  return {
    zipMaps,
    bytes: () => join(fields.map((field) => (field === graph ? delimited(MODEL_GRAPH, rewrite(parts, zipMaps)) : field.whole))), // prettier-ignore
  };
}

function rewrite(parts: readonly Field[], zipMaps: readonly ZipMap[]): Uint8Array {
  const removed = new Set(zipMaps.map(({ output }) => output));
  const isZipMap = ({ number, body }: Field): boolean => number === GRAPH_NODE && zipMapOf(readNode(body)).length > 0;
  const outputs = parts.filter(({ number }) => number === GRAPH_OUTPUT).map(({ body }) => nameOf(body));
  const added = new Set(zipMaps.map(({ tensor }) => tensor).filter((tensor) => !outputs.includes(tensor)));
  const kept = parts.filter(
    (field) => !isZipMap(field) && !(field.number === GRAPH_OUTPUT && removed.has(nameOf(field.body))),
  );
  const tensors = [...added].map((tensor) => delimited(GRAPH_OUTPUT, floatOutput(tensor)));
  return join([...kept.map(({ whole }) => whole), ...tensors]);
}

function zipMapOf({ operator, domain, inputs, outputs, classes }: OnnxNode): ZipMap[] {
  const [tensor] = inputs;
  const [output] = outputs;
  if (operator !== 'ZipMap' || domain !== 'ai.onnx.ml' || tensor === undefined || output === undefined) return [];
  return [{ output, tensor, classes: classes ?? [] }];
}

function nameOf(value: Uint8Array): string {
  const name = split(value).find(({ number }) => number === VALUE_NAME);
  return name === undefined ? '' : Buffer.from(name.body).toString('utf8');
}

/** The fields of a message in their order, as views of its bytes. */
function split(bytes: Uint8Array): Field[] {
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

function delimited(number: number, body: Uint8Array): Uint8Array {
  const head = protobuf.Writer.create()
    .uint32((number << 3) | LENGTH_DELIMITED)
    .uint32(body.length)
    .finish();
  return join([head, body]);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}
