/** The numbers that a model returned, row after row, as the scores to write. */

export function toDoubles(data: ArrayLike<number | bigint>): Float64Array {
  const doubles = new Float64Array(data.length);
  for (let i = 0; i < data.length; i++) doubles[i] = Number(data[i]);
  return doubles;
}

export function takeColumn(
  data: ArrayLike<number | bigint>,
  rows: number,
  width: number,
  column: number,
): Float64Array {
  const score = new Float64Array(rows);
  for (let row = 0, i = column; row < rows; row++, i += width) score[row] = Number(data[i]);
  return score;
}

export function highest(perClass: Float64Array, rows: number, width: number): Float64Array {
  const score = new Float64Array(rows);
  for (let row = 0; row < rows; row++)
    score[row] = Math.max(...perClass.subarray(row * width, (row + 1) * width));
  return score;
}
