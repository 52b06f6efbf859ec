import { FALSE, TRUE } from './vector.ts';

/** `false && error` is false: one side may decide alone, on the left or on the right. */
export function and(a: Uint8Array, b: Uint8Array, out: Uint8Array, rows: number): void {
  for (let row = 0; row < rows; row++) {
    const left = a[row]!;
    const right = b[row]!;
    if (left === FALSE || right === FALSE) out[row] = FALSE;
    else out[row] = left > TRUE ? left : right;
  }
}

/** `true || error` is true. */
export function or(a: Uint8Array, b: Uint8Array, out: Uint8Array, rows: number): void {
  for (let row = 0; row < rows; row++) {
    const left = a[row]!;
    const right = b[row]!;
    if (left === TRUE || right === TRUE) out[row] = TRUE;
    else out[row] = left > TRUE ? left : right;
  }
}

export function not(a: Uint8Array, out: Uint8Array, rows: number): void {
  for (let row = 0; row < rows; row++) {
    const value = a[row]!;
    out[row] = value > TRUE ? value : 1 - value;
  }
}
