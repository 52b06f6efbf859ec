import { Scanner } from './protobuf-scan.ts';

const ATTRIBUTE_NAME = 1;
const ATTRIBUTE_INT = 3;
const ATTRIBUTE_TENSOR = 5;
const ATTRIBUTE_GRAPH = 6;

interface Attribute {
  readonly name: string;
  readonly int: number;
  readonly tensor: Uint8Array;
  readonly graph: Uint8Array;
}

/**
 * Attributes of at least this size are read only once: a forest has several of many megabytes, and
 * two readers need them.
 */
const LARGE_BYTES = 1 << 16;
const read = new WeakMap<ArrayBufferLike, Map<string, Attribute>>();

/** The name of an attribute and its possible values. The bytes of a model do not change. */
export function readAttribute(attribute: Uint8Array): Attribute {
  if (attribute.length < LARGE_BYTES) return readAround(attribute);
  const { buffer, byteOffset, length } = attribute;
  const place = `${byteOffset} ${length}`;
  const known = read.get(buffer) ?? new Map<string, Attribute>();
  read.set(buffer, known);
  const found = known.get(place) ?? readAround(attribute);
  known.set(place, found);
  return found;
}

/** Reads around the numbers and strings, because there may be millions. */
function readAround(attribute: Uint8Array): Attribute {
  const none = new Uint8Array(0);
  let [name, tensor, graph] = [none, none, none] as Uint8Array[];
  let int = 0;
  const scanner = new Scanner(attribute);
  while (scanner.next()) {
    const { number, start, end } = scanner;
    if (number === ATTRIBUTE_NAME) name = attribute.subarray(start, end);
    // A small number that is not negative. Other numbers are not needed here.
    if (number === ATTRIBUTE_INT) int = end - start === 1 ? attribute[start]! : NaN;
    if (number === ATTRIBUTE_TENSOR) tensor = attribute.subarray(start, end);
    if (number === ATTRIBUTE_GRAPH) graph = attribute.subarray(start, end);
    if (number > ATTRIBUTE_GRAPH) scanner.skipAlike();
  }
  return { name: Buffer.from(name!).toString('utf8'), int, tensor: tensor!, graph: graph! };
}
