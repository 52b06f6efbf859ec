/**
 * What a path asks of one feature: true or false for each rank of its value, where the rank is the
 * number of thresholds below the value. Tests on one feature become one condition.
 */
export interface Condition {
  /** Whether it is true below all thresholds. */
  readonly start: boolean;
  /** Indexes of the thresholds above which it turns, ascending. */
  readonly turns: readonly number[];
  /** Whether it is true for a missing value. */
  readonly nan: boolean;
}

/** `value <= threshold`. */
export function atMost(threshold: number, nan: boolean): Condition {
  return { start: true, turns: [threshold], nan };
}

export function not({ start, turns, nan }: Condition): Condition {
  return { start: !start, turns, nan: !nan };
}

export function both(a: Condition, b: Condition): Condition {
  const turns: number[] = [];
  let [inA, inB] = [a.start, b.start];
  for (let i = 0, j = 0; i < a.turns.length || j < b.turns.length;) {
    const [atA, atB] = [a.turns[i] ?? Infinity, b.turns[j] ?? Infinity];
    const before = inA && inB;
    if (atA <= atB) {
      inA = !inA;
      i++;
    }
    if (atB <= atA) {
      inB = !inB;
      j++;
    }
    if ((inA && inB) !== before) turns.push(Math.min(atA, atB));
  }
  return { start: a.start && b.start, turns, nan: a.nan && b.nan };
}

export function either(a: Condition, b: Condition): Condition {
  return not(both(not(a), not(b)));
}

/** `rank`: -1 for a missing value. */
export function isTrue({ start, turns, nan }: Condition, rank: number): boolean {
  if (rank < 0) return nan;
  let passed = 0;
  while (passed < turns.length && turns[passed]! < rank) passed++;
  return (passed & 1) === 1 ? !start : start;
}

/** The same for the same conditions only. */
export const keyOf = ({ start, turns, nan }: Condition): string =>
  `${start ? 1 : 0}${nan ? 1 : 0}${turns.join()}`;
