import type { Arithmetic } from '../cel/typed.ts';
import {
  DIVISION_BY_ZERO,
  errorOf,
  OVERFLOW,
  SAFE,
  type Doubles,
  type Ints,
  type Vector,
} from './vector.ts';

/** The errors of an operation: those of its operands, and its own. */
export function joined(
  a: Uint8Array | null,
  b: Uint8Array | null,
  out: Uint8Array,
  rows: number,
): Uint8Array | null {
  if (a === null && b === null) return null;
  for (let row = 0; row < rows; row++)
    out[row] = errorOf(a === null ? 0 : a[row]!, b === null ? 0 : b[row]!);
  return out;
}

/** Doubles follow IEEE 754: a division by zero is infinite, and not an error. */
export function doubleArithmetic(
  by: Arithmetic,
  a: Doubles,
  b: Doubles,
  out: Float64Array,
  errors: Uint8Array,
  rows: number,
): Doubles {
  const [x, y] = [a.values, b.values];
  switch (by) {
    case '+':
      for (let row = 0; row < rows; row++) out[row] = x[row]! + y[row]!;
      break;
    case '-':
      for (let row = 0; row < rows; row++) out[row] = x[row]! - y[row]!;
      break;
    case '*':
      for (let row = 0; row < rows; row++) out[row] = x[row]! * y[row]!;
      break;
    default:
      for (let row = 0; row < rows; row++) out[row] = x[row]! / y[row]!;
  }
  return { is: 'double', values: out, state: joined(a.state, b.state, errors, rows) };
}

/** Integers of 64 bits. As long as all are below 2^53, doubles hold them exactly. */
export function intArithmetic(
  by: Arithmetic,
  a: Ints,
  b: Ints,
  out: Float64Array,
  errors: Uint8Array,
  rows: number,
): Ints {
  if (a.exact === null && b.exact === null) {
    let state = joined(a.state, b.state, errors, rows);
    if (by === '/' || by === '%') {
      for (let row = 0; row < rows; row++) {
        if (b.values[row] !== 0) continue;
        state ??= errors.fill(0, 0, rows);
        if (state[row] === 0) state[row] = DIVISION_BY_ZERO;
      }
    }
    if (safeArithmetic(by, a.values, b.values, out, rows))
      return { is: 'int', values: out, exact: null, state };
  }
  const state = joined(a.state, b.state, errors, rows) ?? errors.fill(0, 0, rows);
  return exactArithmetic(by, bigsOf(a, rows), bigsOf(b, rows), { out, state, rows });
}

/**
 * Whether all results are exact, which they are up to 2^53. A division by zero gives 0. `+ 0` turns
 * -0 into 0: an integer has one zero.
 */
function safeArithmetic(
  by: Arithmetic,
  x: Float64Array,
  y: Float64Array,
  out: Float64Array,
  rows: number,
): boolean {
  switch (by) {
    case '+':
      for (let row = 0; row < rows; row++) out[row] = x[row]! + y[row]!;
      break;
    case '-':
      for (let row = 0; row < rows; row++) out[row] = x[row]! - y[row]!;
      break;
    case '*':
      for (let row = 0; row < rows; row++) out[row] = x[row]! * y[row]! + 0;
      break;
    case '/':
      for (let row = 0; row < rows; row++) {
        const [left, right] = [x[row]!, y[row]!];
        out[row] = right === 0 ? 0 : (left - (left % right)) / right + 0;
      }
      return true;
    case '%':
      for (let row = 0; row < rows; row++) out[row] = y[row] === 0 ? 0 : (x[row]! % y[row]!) + 0;
      return true;
  }
  for (let row = 0; row < rows; row++) if (out[row]! > SAFE || out[row]! < -SAFE) return false;
  return true;
}

interface Into {
  readonly out: Float64Array;
  /** The errors of the operands. */
  readonly state: Uint8Array;
  readonly rows: number;
}

function exactArithmetic(
  by: Arithmetic,
  x: BigInt64Array,
  y: BigInt64Array,
  { out, state, rows }: Into,
): Ints {
  const exact = new BigInt64Array(rows);
  for (let row = 0; row < rows; row++) {
    out[row] = 0;
    if (state[row] !== 0) continue;
    const [left, right] = [x[row]!, y[row]!];
    if ((by === '/' || by === '%') && right === 0n) {
      state[row] = DIVISION_BY_ZERO;
      continue;
    }
    const result = exactResult(by, left, right);
    if (BigInt.asIntN(64, result) !== result || (by === '%' && overflows(left, right))) {
      state[row] = OVERFLOW;
      continue;
    }
    exact[row] = result;
    out[row] = Number(result);
  }
  return { is: 'int', values: out, exact, state };
}

const LOWEST = -(2n ** 63n);

/** CEL counts the remainder of the lowest integer and -1 as an overflow, as it does the quotient. */
const overflows = (left: bigint, right: bigint): boolean => left === LOWEST && right === -1n;

function exactResult(by: Arithmetic, left: bigint, right: bigint): bigint {
  switch (by) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '%':
      return left % right;
  }
}

function bigsOf({ values, exact }: Ints, rows: number): BigInt64Array {
  if (exact !== null) return exact;
  const bigs = new BigInt64Array(rows);
  for (let row = 0; row < rows; row++) bigs[row] = BigInt(values[row]!);
  return bigs;
}

export function negativeOf(a: Vector, out: Float64Array, errors: Uint8Array, rows: number): Vector {
  if (a.is === 'double') {
    for (let row = 0; row < rows; row++) out[row] = -a.values[row]!;
    return { is: 'double', values: out, state: joined(a.state, null, errors, rows) };
  }
  const zero: Ints = { is: 'int', values: new Float64Array(rows), exact: null, state: null };
  return intArithmetic('-', zero, a as Ints, out, errors, rows);
}

/** int → double, rounded; double → int, towards zero, an error if it has more than 64 bits. */
export function converted(
  to: 'int' | 'double',
  a: Vector,
  out: Float64Array,
  errors: Uint8Array,
  rows: number,
): Vector {
  if (a.is !== 'int' && a.is !== 'double') return a;
  let state = joined(a.state, null, errors, rows); // null has no number
  if (a.is === to) return { ...a, state };
  if (a.is === 'int') return { is: 'double', values: a.values, state };
  let beyond = false;
  for (let row = 0; row < rows; row++) {
    const value = Math.trunc(a.values[row]!) + 0;
    const fits = value > -(2 ** 63) && value < 2 ** 63; // not if it is NaN
    out[row] = fits ? value : 0;
    if (fits) beyond ||= value > SAFE || value < -SAFE;
    else {
      state ??= errors.fill(0, 0, rows);
      if (state[row] === 0) state[row] = OVERFLOW;
    }
  }
  const ints: Ints = { is: 'int', values: out, exact: null, state };
  return beyond ? { ...ints, exact: bigsOf(ints, rows) } : ints;
}
