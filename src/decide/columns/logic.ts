import { falses, FALSE, TRUE, type Bools, type TruthScratch } from './vector.ts';

/**
 * `&&` and `||`, four rows at a time. Errors of either side need to be looked at row by row: `some` of
 * both tells whether there may be any.
 */

/** `false && error` is false: one side may decide alone, on the left or on the right. */
export function and(a: Bools, b: Bools, out: TruthScratch, rows: number): Bools {
  const { values, words } = out;
  const [x, y] = [a.values, b.values];
  let all = 0;
  let row = 0;
  if ((a.some | b.some) <= TRUE) {
    if (a.words !== undefined && b.words !== undefined) {
      all = andWords(a.words, b.words, words, rows >>> 2);
      row = rows & ~3;
    }
    for (; row < rows; row++) all |= values[row] = x[row]! & y[row]!;
  } else
    for (; row < rows; row++) {
      const [left, right] = [x[row]!, y[row]!];
      if (left === FALSE || right === FALSE) values[row] = FALSE;
      else all |= values[row] = left > TRUE ? left : right;
    }
  return all === 0 ? falses(rows) : { is: 'bool', values, words, some: all, state: null };
}

/** `true || error` is true. One side has a row that is not false. */
export function or(a: Bools, b: Bools, out: TruthScratch, rows: number): Bools {
  const { values, words } = out;
  const [x, y] = [a.values, b.values];
  let all = 0;
  let row = 0;
  if ((a.some | b.some) <= TRUE) {
    if (a.words !== undefined && b.words !== undefined) {
      all = orWords(a.words, b.words, words, rows >>> 2);
      row = rows & ~3;
    }
    for (; row < rows; row++) all |= values[row] = x[row]! | y[row]!;
  } else
    for (; row < rows; row++) {
      const [left, right] = [x[row]!, y[row]!];
      if (left === TRUE || right === TRUE) all |= values[row] = TRUE;
      else all |= values[row] = left > TRUE ? left : right;
    }
  return { is: 'bool', values, words, some: all, state: null };
}

function andWords(a: Uint32Array, b: Uint32Array, out: Uint32Array, count: number): number {
  let all = 0;
  for (let i = 0; i < count; i++) all |= out[i] = a[i]! & b[i]!;
  return joined(all);
}

function orWords(a: Uint32Array, b: Uint32Array, out: Uint32Array, count: number): number {
  let all = 0;
  for (let i = 0; i < count; i++) all |= out[i] = a[i]! | b[i]!;
  return joined(all);
}

/** The four bytes of a word joined by |. */
function joined(word: number): number {
  const half = word | (word >>> 16);
  return (half | (half >>> 8)) & 0xff;
}

/** Fills `out`, and returns all its values joined by |. */
export function not(a: Uint8Array, some: number, out: Uint8Array, rows: number): number {
  let all = 0;
  if (some <= TRUE) for (let row = 0; row < rows; row++) all |= out[row] = a[row]! ^ 1;
  else
    for (let row = 0; row < rows; row++) all |= out[row] = a[row]! > TRUE ? a[row]! : 1 - a[row]!;
  return all;
}

/** All values joined by |. */
export function joinedBits(values: Uint8Array, rows: number): number {
  let all = 0;
  for (let row = 0; row < rows; row++) all |= values[row]!;
  return all;
}
