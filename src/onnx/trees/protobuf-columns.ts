import { Scanner } from '../protobuf-scan.ts';
import { UnsupportedTrees } from './unsupported.ts';

/** Field numbers of the values of an attribute. */
const FLOATS = 7;
const INTS = 8;
const STRINGS = 9;

/**
 * Calls back for each range of values of one kind. Packed values are adjacent; others have a tag of
 * one byte before them, which `gap` tells.
 */
function eachRun(
  attribute: Uint8Array,
  number: number,
  visit: (from: number, to: number, gap: number) => void,
): void {
  const scanner = new Scanner(attribute);
  while (scanner.next()) {
    const { number: met, start, end, delimited } = scanner;
    if (met > STRINGS && met !== number) continue;
    if (delimited && met === number) visit(start, end, 0);
    else {
      if (met >= FLOATS) scanner.skipAlike();
      if (met === number) visit(start, scanner.position, 1);
    }
  }
}

/** The number of integers of an attribute: each ends with a byte below 128. */
export function countInts(attribute: Uint8Array): number {
  let count = 0;
  eachRun(attribute, INTS, (from, to, gap) => {
    let ends = 0;
    for (let at = from; at < to; at++) if (attribute[at]! < 0x80) ends++;
    // Between two of them is a tag, which also ends with such a byte.
    count += gap === 0 ? ends : (ends + 1) / 2;
  });
  return count;
}

/** The integers of an attribute. Throws `UnsupportedTrees` if one does not fit into 32 bits. */
export function readInts(attribute: Uint8Array): Int32Array {
  const ints = new Int32Array(countInts(attribute));
  let next = 0;
  eachRun(attribute, INTS, (from, to, gap) => {
    for (let at = from; at < to; at += gap) {
      let byte = attribute[at++]!;
      let value = byte & 0x7f;
      for (let shift = 7; byte >= 0x80; shift += 7) {
        byte = attribute[at++]!;
        if (shift < 28) value |= (byte & 0x7f) << shift;
        else {
          const bits = byte & 0x7f;
          if (shift === 28) value |= bits << 28;
          // Negative numbers have ten bytes. Everything above their 32 bits is ones.
          const ones = value < 0 ? (shift === 28 ? 0x78 : shift === 63 ? 1 : 0x7f) : 0;
          if ((shift === 28 ? bits & 0x78 : bits) !== ones) tooLarge();
          if (byte < 0x80 && value < 0 && shift !== 63) tooLarge();
        }
      }
      ints[next++] = value;
    }
  });
  return ints;
}

function tooLarge(): never {
  throw new UnsupportedTrees('their numbers need more than 32 bits');
}

/** The single precision numbers of an attribute. */
export function readFloats(attribute: Uint8Array): Float32Array {
  let count = 0;
  eachRun(attribute, FLOATS, (from, to, gap) => (count += Math.ceil((to - from) / (4 + gap))));
  const whole = new Uint8Array(4 * count);
  let next = 0;
  eachRun(attribute, FLOATS, (from, to, gap) => {
    for (let at = from; at + 4 <= to; at += 4 + gap) {
      whole[next++] = attribute[at]!;
      whole[next++] = attribute[at + 1]!;
      whole[next++] = attribute[at + 2]!;
      whole[next++] = attribute[at + 3]!;
    }
  });
  return new Float32Array(whole.buffer);
}

export function countTexts(attribute: Uint8Array): number {
  let count = 0;
  eachText(attribute, () => count++);
  return count;
}

/** The strings of an attribute as indexes into the list of different strings. */
export interface Words {
  readonly words: readonly string[];
  readonly indexes: Uint8Array;
}

/** The limit of different tests; ONNX has nine. */
const MAX_WORDS = 16;

/**
 * The strings of an attribute, in which a few words repeat. Throws `UnsupportedTrees` if there are
 * many different ones.
 */
export function readWords(attribute: Uint8Array): Words {
  const indexes = new Uint8Array(attribute.length >> 1); // a string takes two bytes at least
  const words: string[] = [];
  const bytes: Uint8Array[] = [];
  let next = 0;
  let last = 0;
  eachText(attribute, (start, end) => {
    if (bytes.length === 0 || !isAt(attribute, start, end, bytes[last]!)) {
      last = bytes.findIndex((word) => isAt(attribute, start, end, word));
      if (last < 0) {
        if (bytes.length === MAX_WORDS)
          throw new UnsupportedTrees('their tests have too many modes');
        last = bytes.push(attribute.subarray(start, end)) - 1;
        words.push(Buffer.from(bytes[last]!).toString('utf8'));
      }
    }
    indexes[next++] = last;
  });
  return { words, indexes: indexes.subarray(0, next) };
}

/** Calls back for each string of an attribute. */
function eachText(attribute: Uint8Array, visit: (start: number, end: number) => void): void {
  const scanner = new Scanner(attribute);
  while (scanner.next()) {
    if (scanner.number !== STRINGS) continue;
    visit(scanner.start, scanner.end);
    if (!scanner.delimited) continue;
    // The following strings have a tag and a length of one byte each, so the scanner is not needed
    // for them.
    let at = scanner.position;
    scanner.skipAlike();
    while (at < scanner.position) {
      const start = at + 2;
      at = start + attribute[at + 1]!;
      visit(start, at);
    }
  }
}

function isAt(attribute: Uint8Array, start: number, end: number, word: Uint8Array): boolean {
  if (end - start !== word.length) return false;
  for (let i = 0; i < word.length; i++) if (attribute[start + i] !== word[i]) return false;
  return true;
}
