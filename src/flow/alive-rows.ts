import type { Fates } from './fates.ts';

/** 0, 1, 2 and so on. */
let numbers = new Int32Array(0);

/** The rows that are alive, in their order. Nearly always they are all, and nothing is copied. */
export function aliveRows(fates: Fates): Int32Array {
  const { rows, alive } = fates;
  if (numbers.length < rows) numbers = Int32Array.from({ length: rows }, (_, row) => row);
  const all = numbers.subarray(0, rows);
  return alive === rows ? all : all.filter((row) => fates.isAlive(row));
}

/** Those of the rows that are alive. */
export function stillAlive(rows: Int32Array, fates: Fates): Int32Array {
  return fates.alive === fates.rows ? rows : rows.filter((row) => fates.isAlive(row));
}
