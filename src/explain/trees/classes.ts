import type { Condition } from './condition.ts';

/**
 * The values of one feature, as far as some conditions tell them apart: values of one class have
 * the same answer to all of them.
 */
export interface Classes {
  readonly count: number;
  /** Indexes of thresholds, ascending. The class changes above each of them. */
  readonly turns: readonly number[];
  /** The class below all of `turns`, then above each. */
  readonly ranges: readonly number[];
  readonly nan: number;
  /** By class: one bit for each condition. */
  readonly answers: readonly number[];
}

/** So that the answers of all of them fit into the bits of a number. */
const MAX_CONDITIONS = 30;

/** Undefined if there are too many. */
export function classesOf(conditions: readonly Condition[]): Classes | undefined {
  if (conditions.length > MAX_CONDITIONS) return undefined;
  const turning = new Map<number, number>();
  let [answer, nan] = [0, 0];
  for (const [i, condition] of conditions.entries()) {
    const bit = 1 << i;
    if (condition.start) answer |= bit;
    if (condition.nan) nan |= bit;
    for (const turn of condition.turns) turning.set(turn, (turning.get(turn) ?? 0) ^ bit);
  }
  const answers: number[] = [];
  const classes = new Map<number, number>();
  const classOf = (bits: number): number => {
    let known = classes.get(bits);
    if (known === undefined) classes.set(bits, (known = answers.push(bits) - 1));
    return known;
  };
  const turns = [...turning.keys()].sort((a, b) => a - b);
  const ranges = [classOf(answer)];
  for (const turn of turns) ranges.push(classOf((answer ^= turning.get(turn)!)));
  const missing = classOf(nan);
  return { count: answers.length, turns, ranges, nan: missing, answers };
}
