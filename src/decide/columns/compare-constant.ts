import type { Comparison, Typed } from '../cel/typed.ts';
import { compare } from './compare.ts';
import { constantVector } from './constant-vector.ts';
import type { Evaluate, Rows } from './rows.ts';
import { FALSE, NULL_OPERAND, SAFE, TRUE, type Doubles, type Ints } from './vector.ts';

/** Fills `out`, and returns all its values joined by |. */
export type FillBools = (out: Uint8Array, batch: Rows) => number;

/** The comparison with both sides exchanged. */
const TURNED: Readonly<Record<Comparison, Comparison>> = {
  '==': '==',
  '!=': '!=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

/**
 * A comparison of numbers with one number that a double holds exactly. Undefined if it is another
 * comparison. `other`: evaluates the side that is not constant.
 */
export function constantComparison(
  { by, a, b }: Typed & { readonly is: 'compare' },
  compile: (node: Typed) => Evaluate,
): FillBools | undefined {
  const [constant, node] = a.is === 'constant' ? [a, b] : [b, a];
  if (constant.is !== 'constant' || (node.type !== 'int' && node.type !== 'double'))
    return undefined;
  const limit = Number(constant.value);
  const isNumber = typeof constant.value === 'number' || typeof constant.value === 'bigint';
  if (!isNumber || (typeof constant.value === 'bigint' && Math.abs(limit) > SAFE)) return undefined;
  const turned = constant === a ? TURNED[by] : by;
  const evaluate = compile(node);
  const exactly = constantVector(constant.value);
  return (out, batch) => {
    const vector = evaluate(batch) as Ints | Doubles;
    const { rows } = batch;
    if (vector.is === 'double' || vector.exact === null)
      return compareWith(turned, vector, limit, out, rows);
    compare(turned, vector, exactly(batch), out, rows);
    let all = 0;
    for (let row = 0; row < rows; row++) all |= out[row]!;
    return all;
  };
}

function compareWith(
  by: Comparison,
  { values, state }: Ints | Doubles,
  limit: number,
  out: Uint8Array,
  rows: number,
): number {
  let all = 0;
  switch (by) {
    case '<':
      for (let row = 0; row < rows; row++) all |= out[row] = +(values[row]! < limit);
      break;
    case '<=':
      for (let row = 0; row < rows; row++) all |= out[row] = +(values[row]! <= limit);
      break;
    case '>':
      for (let row = 0; row < rows; row++) all |= out[row] = +(values[row]! > limit);
      break;
    case '>=':
      for (let row = 0; row < rows; row++) all |= out[row] = +(values[row]! >= limit);
      break;
    case '==':
      for (let row = 0; row < rows; row++) all |= out[row] = +(values[row]! === limit);
      break;
    case '!=':
      for (let row = 0; row < rows; row++) all |= out[row] = +(values[row]! !== limit);
  }
  if (state === null) return all;
  // A number is not equal to null, and nothing else can be done with null.
  const ofNull = by === '==' ? FALSE : by === '!=' ? TRUE : NULL_OPERAND;
  all = 0;
  for (let row = 0; row < rows; row++) {
    const now = state[row]!;
    if (now !== 0) out[row] = now > 1 ? now : ofNull;
    all |= out[row]!;
  }
  return all;
}
