import { split } from '../protobuf-fields.ts';
import { readAttribute } from '../protobuf-attribute.ts';
import { readNode } from '../protobuf-onnx.ts';
import { Scanner } from '../protobuf-scan.ts';
import { UnsupportedTrees } from './unsupported.ts';
import {
  countInts,
  countTexts,
  readFloats,
  readInts,
  readWords,
  type Words,
} from './protobuf-columns.ts';

/**
 * An ONNX node with the values of its attributes. Each is read from the bytes of the file on
 * request.
 */
export interface EnsembleNode {
  readonly classifier: boolean;
  readonly input: string;
  /** The label of a classifier. It must not be needed. */
  readonly label: string | undefined;
  /** The numbers: probabilities or targets. */
  readonly output: string;
  readonly ints: (name: string) => Int32Array;
  /** The number of integers of an attribute; fast. */
  readonly count: (name: string) => number;
  readonly floats: (name: string) => Float32Array;
  readonly words: (name: string) => Words;
  readonly textCount: (name: string) => number;
  readonly text: (name: string, otherwise: string) => string;
}

const NODE_ATTRIBUTE = 5;
const TEXT = 4;
const NONE = new Uint8Array(0);

/**
 * Reads a TreeEnsembleClassifier or TreeEnsembleRegressor of ai.onnx.ml 1 to 3 in single precision.
 */
export function readEnsembleNode(bytes: Uint8Array): EnsembleNode {
  const { inputs, outputs, operator } = readNode(bytes);
  const attributes = new Map<string, Uint8Array>();
  for (const { number, body } of split(bytes)) {
    if (number !== NODE_ATTRIBUTE) continue;
    const { name, tensor } = readAttribute(body);
    attributes.set(name, body);
    if (tensor.length > 0) throw new UnsupportedTrees('they use double precision');
  }
  const of = (name: string): Uint8Array => attributes.get(name) ?? NONE;
  const classifier = operator === 'TreeEnsembleClassifier';
  const [first] = inputs;
  const numbers = outputs[classifier ? 1 : 0];
  if (first === undefined || !numbers)
    throw new UnsupportedTrees('the ensemble has no input or no output');
  return {
    classifier,
    input: first,
    label: classifier ? outputs[0] : undefined,
    output: numbers,
    ints: (name) => readInts(of(name)),
    count: (name) => countInts(of(name)),
    floats: (name) => readFloats(of(name)),
    words: (name) => readWords(of(name)),
    textCount: (name) => countTexts(of(name)),
    text: (name, otherwise) => {
      const value = bodyOf(of(name), TEXT);
      return value.length === 0 ? otherwise : Buffer.from(value).toString('utf8');
    },
  };
}

/** The body of a field of an attribute, empty if it has none. */
function bodyOf(attribute: Uint8Array, number: number): Uint8Array {
  const scanner = new Scanner(attribute);
  let found: Uint8Array = NONE;
  while (scanner.next())
    if (scanner.number === number) found = attribute.subarray(scanner.start, scanner.end);
  return found;
}
