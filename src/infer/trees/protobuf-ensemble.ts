import { eachField, split } from '../protobuf-fields.ts';
import { readNode } from '../protobuf-onnx.ts';
import { NotCompiled } from './not-compiled.ts';
import { countInts, countTexts, readFloats, readInts, readTexts } from './protobuf-columns.ts';

/** An ONNX node with the values of its attributes, each read from the file's bytes when somebody asks for it. */
export interface EnsembleNode {
  readonly classifier: boolean;
  readonly input: string;
  /** The label of a classifier; nobody may need it. */
  readonly label: string | undefined;
  /** The numbers: probabilities or targets. */
  readonly output: string;
  readonly ints: (name: string) => Int32Array;
  /** How many whole numbers there are; quick. */
  readonly count: (name: string) => number;
  readonly floats: (name: string) => Float32Array;
  readonly texts: (name: string) => readonly string[];
  readonly textCount: (name: string) => number;
  readonly text: (name: string, otherwise: string) => string;
}

const NODE_ATTRIBUTE = 5;
const NAME = 1;
const TEXT = 4;
const TENSOR = 5;
const NONE = new Uint8Array(0);

/** Reads a TreeEnsembleClassifier or TreeEnsembleRegressor of ai.onnx.ml 1 to 3 in single precision. */
export function readEnsembleNode(bytes: Uint8Array): EnsembleNode {
  const { inputs, outputs, operator } = readNode(bytes);
  const attributes = new Map<string, Uint8Array>();
  for (const { number, body } of split(bytes)) {
    if (number !== NODE_ATTRIBUTE) continue;
    attributes.set(Buffer.from(bodyOf(body, NAME)).toString('utf8'), body);
    if (bodyOf(body, TENSOR).length > 0) throw new NotCompiled('they are in double precision');
  }
  const of = (name: string): Uint8Array => attributes.get(name) ?? NONE;
  const classifier = operator === 'TreeEnsembleClassifier';
  const [first] = inputs;
  const numbers = outputs[classifier ? 1 : 0];
  if (first === undefined || !numbers) throw new NotCompiled('they lead nowhere');
  return {
    classifier,
    input: first,
    label: classifier ? outputs[0] : undefined,
    output: numbers,
    ints: (name) => readInts(of(name)),
    count: (name) => countInts(of(name)),
    floats: (name) => readFloats(of(name)),
    texts: (name) => readTexts(of(name)),
    textCount: (name) => countTexts(of(name)),
    text: (name, otherwise) => {
      const value = bodyOf(of(name), TEXT);
      return value.length === 0 ? otherwise : Buffer.from(value).toString('utf8');
    },
  };
}

/** The body of an attribute's field, empty where it has none. */
function bodyOf(attribute: Uint8Array, number: number): Uint8Array {
  let found: Uint8Array = NONE;
  eachField(attribute, (field, start, end) => {
    if (field === number) found = attribute.subarray(start, end);
  });
  return found;
}
