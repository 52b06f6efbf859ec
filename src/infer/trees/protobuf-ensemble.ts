import protobuf from 'protobufjs';
import { NotCompiled } from './not-compiled.ts';

/** An ONNX node with the values of its attributes. */
export interface EnsembleNode {
  readonly classifier: boolean;
  readonly input: string;
  /** The label of a classifier; nobody may need it. */
  readonly label: string | undefined;
  /** The numbers: probabilities or targets. */
  readonly output: string;
  readonly ints: (name: string) => readonly number[];
  readonly floats: (name: string) => readonly number[];
  readonly texts: (name: string) => readonly string[];
  readonly text: (name: string, otherwise: string) => string;
  readonly has: (name: string) => boolean;
}

const { root } = protobuf.parse(
  `syntax = "proto3";
   message Node { repeated string input = 1; repeated string output = 2; string op_type = 4; repeated Attribute attribute = 5; }
   message Attribute { string name = 1; int64 i = 3; bytes s = 4; bytes t = 5; repeated float floats = 7; repeated int64 ints = 8; repeated string strings = 9; }`,
  { keepCase: true },
);

interface NodeMessage {
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly op_type: string;
  readonly attribute: readonly {
    readonly name: string;
    readonly s: Uint8Array;
    readonly t: Uint8Array;
    readonly floats: readonly number[];
    readonly ints: readonly number[];
    readonly strings: readonly string[];
  }[];
}

/** Reads a TreeEnsembleClassifier or TreeEnsembleRegressor of ai.onnx.ml 1 to 3 in single precision. */
export function readEnsembleNode(bytes: Uint8Array): EnsembleNode {
  const type = root.lookupType('Node');
  const { input, output, op_type: operator, attribute } = type.toObject(type.decode(bytes), { defaults: true, arrays: true, longs: Number }) as NodeMessage; // prettier-ignore
  const attributes = new Map(attribute.map((each) => [each.name, each]));
  if (attribute.some(({ t }) => t.length > 0)) throw new NotCompiled('they are in double precision');
  const classifier = operator === 'TreeEnsembleClassifier';
  const [first] = input;
  const numbers = output[classifier ? 1 : 0];
  if (first === undefined || !numbers) throw new NotCompiled('they lead nowhere');
  return {
    classifier,
    input: first,
    label: classifier ? output[0] : undefined,
    output: numbers,
    ints: (name) => attributes.get(name)?.ints ?? [],
    floats: (name) => attributes.get(name)?.floats ?? [],
    texts: (name) => attributes.get(name)?.strings ?? [],
    text: (name, otherwise) => {
      const value = attributes.get(name)?.s ?? new Uint8Array(0);
      return value.length === 0 ? otherwise : Buffer.from(value).toString('utf8');
    },
    has: (name) => attributes.has(name),
  };
}
