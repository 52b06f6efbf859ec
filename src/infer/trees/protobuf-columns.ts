import { eachField } from '../protobuf-fields.ts';
import { NotCompiled } from './not-compiled.ts';

/** Field numbers of an attribute's values. */
const FLOATS = 7;
const INTS = 8;
const STRINGS = 9;

/** How many whole numbers an attribute has: each ends with a byte below 128. */
export function countInts(attribute: Uint8Array): number {
  let count = 0;
  eachField(attribute, (number, start, end) => {
    if (number !== INTS) return;
    for (let at = start; at < end; at++) if (attribute[at]! < 0x80) count++;
  });
  return count;
}

/** The whole numbers of an attribute. Throws `NotCompiled` where one does not fit into 32 bits. */
export function readInts(attribute: Uint8Array): Int32Array {
  const ints = new Int32Array(countInts(attribute));
  let next = 0;
  eachField(attribute, (number, start, end) => {
    if (number !== INTS) return;
    let value = 0;
    let bytes = 0;
    for (let at = start; at < end; at++) {
      const byte = attribute[at]!;
      if (bytes < 5) value |= (byte & 0x7f) << (7 * bytes);
      bytes++;
      // Numbers below zero have ten bytes; what stands behind their 32 bits is ones alone.
      if (bytes === 5 && (byte & 0x78) !== (value < 0 ? 0x78 : 0)) tooLarge();
      if (bytes > 5 && (byte & 0x7f) !== (bytes === 10 ? 1 : 0x7f)) tooLarge();
      if (byte >= 0x80) continue;
      if (bytes >= 5 && bytes !== (value < 0 ? 10 : 5)) tooLarge();
      ints[next++] = value;
      value = 0;
      bytes = 0;
    }
  });
  return ints;
}

function tooLarge(): never {
  throw new NotCompiled('they are numbered beyond 32 bits');
}

/** The numbers of single precision of an attribute. */
export function readFloats(attribute: Uint8Array): Float32Array {
  let bytes = 0;
  const each = (take: (start: number, end: number) => void): void => {
    eachField(attribute, (number, start, end) => {
      if (number === FLOATS) take(start, end);
    });
  };
  each((start, end) => (bytes += end - start));
  const whole = new Uint8Array(bytes);
  let at = 0;
  each((start, end) => {
    whole.set(attribute.subarray(start, end), at);
    at += end - start;
  });
  return new Float32Array(whole.buffer, 0, bytes >> 2);
}

export function countTexts(attribute: Uint8Array): number {
  let count = 0;
  eachField(attribute, (number) => {
    if (number === STRINGS) count++;
  });
  return count;
}

/** The texts of an attribute, one string for all that are the same: tests of nodes are seven words, again and again. */
export function readTexts(attribute: Uint8Array): string[] {
  const texts: string[] = [];
  const known = new Map<string, string>();
  const buffer = Buffer.from(attribute.buffer, attribute.byteOffset, attribute.byteLength);
  eachField(attribute, (number, start, end) => {
    if (number !== STRINGS) return;
    const text = buffer.toString('utf8', start, end);
    const same = known.get(text);
    if (same === undefined) known.set(text, text);
    texts.push(same ?? text);
  });
  return texts;
}
