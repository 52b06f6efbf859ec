import protobuf from 'protobufjs';
import { Scanner } from '../../../src/onnx/protobuf-scan.ts';
import {
  countTexts,
  readFloats,
  readInts,
  readWords,
} from '../../../src/onnx/trees/protobuf-columns.ts';

const { root } = protobuf.parse(
  `syntax = "proto2";
   message Loose { optional string name = 1; repeated float floats = 7; repeated int64 ints = 8; repeated bytes strings = 9; optional int32 type = 20; optional double more = 21; }
   message Packed { optional string name = 1; repeated float floats = 7 [packed = true]; repeated int64 ints = 8 [packed = true]; repeated bytes strings = 9; optional int32 type = 20; optional double more = 21; }`,
  { keepCase: true },
);
const encode = (form: string, values: object): Uint8Array => {
  const type = root.lookupType(form);
  return type.encode(type.fromObject({ name: 'a', type: 7, more: 0.5, ...values })).finish();
};
const numbers = (bytes: Uint8Array): number[] => {
  const met: number[] = [];
  const scanner = new Scanner(bytes);
  while (scanner.next()) {
    met.push(scanner.number);
    scanner.skipAlike();
  }
  return met;
};

describe.each(['Loose', 'Packed'])('attributes with values that are %s', (form) => {
  const ints = [0, 1, -1, 127, 128, 300, 2 ** 31 - 1, -(2 ** 31), -5, 1];
  const floats = [0, -0, 1.5, Math.fround(0.1), Infinity, NaN, -3];
  const strings = ['LEAF', 'BRANCH_LEQ', 'LEAF', '', 'BRANCH_LEQ', 'x'.repeat(200)];

  it('are read in place', () => {
    const bytes = encode(form, { ints, floats, strings: strings.map((text) => Buffer.from(text)) });
    expect([...readInts(bytes)]).toEqual(ints);
    expect([...readFloats(bytes)]).toEqual(floats);
    const { words, indexes } = readWords(bytes);
    expect([...indexes].map((index) => words[index])).toEqual(strings);
    expect([...new Set(numbers(bytes))]).toEqual([1, 7, 8, 9, 20, 21]);
  });

  it('are counted, and their words told apart, long ones among short ones', () => {
    const many = [...strings, 'y'.repeat(127), 'y'.repeat(128), '', 'LEAF', 'LEAF'];
    const bytes = encode(form, { strings: many.map((text) => Buffer.from(text)) });
    const { words, indexes } = readWords(bytes);
    expect([...indexes].map((index) => words[index])).toEqual(many);
    expect(countTexts(bytes)).toBe(many.length);
    const kinds = Array.from({ length: 17 }, (_, i) => Buffer.from(String(i)));
    expect(() => readWords(encode(form, { strings: kinds }))).toThrow('too many modes');
  });

  it('are read in parts', () => {
    const bytes = Buffer.concat([
      encode(form, { ints, floats }),
      encode(form, { ints: [9, -9], floats: [8] }),
    ]);
    expect([...readInts(bytes)]).toEqual([...ints, 9, -9]);
    expect([...readFloats(bytes)]).toEqual([...floats, 8]);
  });

  it.each([2 ** 31, -(2 ** 31) - 1, 2 ** 40, 2 ** 32 - 1, -(2 ** 40)])(
    'have no number beyond 32 bits: %s',
    (value) => {
      expect(() => readInts(encode(form, { ints: [1, value, 2] }))).toThrow('more than 32 bits');
    },
  );

  it('are refused where they are cut', () => {
    const bytes = encode(form, { ints, floats });
    for (const left of [1, 2, bytes.length - 1])
      expect(() => numbers(bytes.subarray(0, left))).toThrow(RangeError);
  });
});

it.each([
  [[0x00, 0x01], 'a field has no number'],
  [[0x0b], 'the unknown type 3'],
  [[0x08, ...Array<number>(11).fill(0xff)], 'longer than 64 bits'],
  [[0x0a, 0x05, 0x01], 'longer than the message around it'],
])('what is no message is refused: %p', (bytes, why) => {
  expect(() => numbers(Uint8Array.from(bytes))).toThrow(why);
});
