import { FALSE, TRUE } from './vector.ts';

/**
 * Fill `out`, and return all its values joined by |. `some` of both operands tells whether there may
 * be errors: without them, bits are enough.
 */

/** `false && error` is false: one side may decide alone, on the left or on the right. */
export function and(
  a: Uint8Array,
  b: Uint8Array,
  some: number,
  out: Uint8Array,
  rows: number,
): number {
  let all = 0;
  if (some <= TRUE) {
    for (let row = 0; row < rows; row++) all |= out[row] = a[row]! & b[row]!;
    return all;
  }
  for (let row = 0; row < rows; row++) {
    const left = a[row]!;
    const right = b[row]!;
    if (left === FALSE || right === FALSE) out[row] = FALSE;
    else all |= out[row] = left > TRUE ? left : right;
  }
  return all;
}

/** `true || error` is true. */
export function or(
  a: Uint8Array,
  b: Uint8Array,
  some: number,
  out: Uint8Array,
  rows: number,
): number {
  let all = 0;
  if (some <= TRUE) {
    for (let row = 0; row < rows; row++) all |= out[row] = a[row]! | b[row]!;
    return all;
  }
  for (let row = 0; row < rows; row++) {
    const left = a[row]!;
    const right = b[row]!;
    if (left === TRUE || right === TRUE) all |= out[row] = TRUE;
    else all |= out[row] = left > TRUE ? left : right;
  }
  return all;
}

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
