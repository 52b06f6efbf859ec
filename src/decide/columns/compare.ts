import type { Comparison } from '../cel/typed.ts';
import { compareText } from './text.ts';
import {
  errorOf,
  FALSE,
  TRUE,
  type Bools,
  type Doubles,
  type Ints,
  type Nothing,
  type Texts,
  type Vector,
} from './vector.ts';

type Numbers = Ints | Doubles;

/** Compares two vectors into `out`. A comparison as a number needs no branch. */
export function compare(by: Comparison, a: Vector, b: Vector, out: Uint8Array, rows: number): void {
  switch (by) {
    case '>':
      compare('<', b, a, out, rows);
      return;
    case '>=':
      compare('<=', b, a, out, rows);
      return;
    case '!=':
      compare('==', a, b, out, rows);
      for (let row = 0; row < rows; row++) if (out[row]! <= TRUE) out[row]! ^= 1;
      return;
    case '==':
      if (a.is === 'null' || b.is === 'null') areNull(a, b, out, rows);
      else {
        equal(a, b, out, rows);
        patchEqual(out, a.state, b.state, rows);
      }
      return;
    default:
      if (a.is === 'string') ordered(by, a, b as Texts, out, rows);
      else lower(by, a as Numbers, b as Numbers, out, rows);
      patchOrdered(out, a.state, b.state, rows);
  }
}

function areNull(a: Vector, b: Vector, out: Uint8Array, rows: number): void {
  const { state } = a.is === 'null' ? b : a;
  // null is 1, as true is, and an error stays what it is
  for (let row = 0; row < rows; row++) out[row] = state === null ? FALSE : state[row]!;
}

function equal(a: Exclude<Vector, Nothing>, b: Vector, out: Uint8Array, rows: number): void {
  if (a.is === 'string') {
    const [left, right] = [a.values, (b as Texts).values];
    for (let row = 0; row < rows; row++) out[row] = +(left[row] === right[row]);
  } else if (a.is === 'bool') {
    equalBools(a, b as Bools, out, rows);
  } else {
    const [left, right] = [exactOf(a), exactOf(b as Numbers)];
    if (left === null && right === null) {
      const [x, y] = [a.values, (b as Numbers).values];
      for (let row = 0; row < rows; row++) out[row] = +(x[row]! === y[row]!);
    } else {
      const [x, y] = [left ?? a.values, right ?? (b as Numbers).values];
      // Between an integer and a double, == compares the exact values.
      for (let row = 0; row < rows; row++)
        out[row] = (x[row] as unknown) == (y[row] as unknown) ? TRUE : FALSE;
    }
  }
}

/** Errors of truth values are in the values themselves; null is in the state. */
function equalBools(a: Bools, b: Bools, out: Uint8Array, rows: number): void {
  const [x, y] = [a.values, b.values];
  for (let row = 0; row < rows; row++) {
    const [left, right] = [x[row]!, y[row]!];
    if (left > TRUE && (a.state === null || a.state[row] !== 1)) out[row] = left;
    else if (right > TRUE && (b.state === null || b.state[row] !== 1)) out[row] = right;
    else out[row] = left === right ? TRUE : FALSE;
  }
}

const exactOf = (numbers: Numbers): BigInt64Array | null =>
  numbers.is === 'int' ? numbers.exact : null;

function lower(by: '<' | '<=', a: Numbers, b: Numbers, out: Uint8Array, rows: number): void {
  const [left, right] = [exactOf(a), exactOf(b)];
  const [x, y] = [a.values, b.values];
  if (left !== null || right !== null) exactLower(by, left ?? x, right ?? y, out, rows);
  else if (by === '<') for (let row = 0; row < rows; row++) out[row] = +(x[row]! < y[row]!);
  else for (let row = 0; row < rows; row++) out[row] = +(x[row]! <= y[row]!);
}

/** Comparisons between a bigint and a number are exact in JavaScript. */
function exactLower(
  by: '<' | '<=',
  x: BigInt64Array | Float64Array,
  y: BigInt64Array | Float64Array,
  out: Uint8Array,
  rows: number,
): void {
  for (let row = 0; row < rows; row++) {
    const [left, right] = [x[row]!, y[row]!];
    out[row] = (by === '<' ? left < right : left <= right) ? TRUE : FALSE;
  }
}

function ordered(by: '<' | '<=', a: Texts, b: Texts, out: Uint8Array, rows: number): void {
  const limit = by === '<' ? 0 : 1;
  for (let row = 0; row < rows; row++)
    out[row] = compareText(a.values[row]!, b.values[row]!) < limit ? TRUE : FALSE;
}

/** Null is equal to null alone. Errors of truth values are there already. */
function patchEqual(
  out: Uint8Array,
  a: Uint8Array | null,
  b: Uint8Array | null,
  rows: number,
): void {
  if (a === null && b === null) return;
  for (let row = 0; row < rows; row++) {
    const left = a === null ? 0 : a[row]!;
    const right = b === null ? 0 : b[row]!;
    if ((left | right) === 0 || out[row]! > TRUE) continue;
    out[row] = left > 1 ? left : right > 1 ? right : left === right ? TRUE : FALSE;
  }
}

function patchOrdered(
  out: Uint8Array,
  a: Uint8Array | null,
  b: Uint8Array | null,
  rows: number,
): void {
  if (a === null && b === null) return;
  for (let row = 0; row < rows; row++) {
    const error = errorOf(a === null ? 0 : a[row]!, b === null ? 0 : b[row]!);
    if (error !== 0) out[row] = error;
  }
}
