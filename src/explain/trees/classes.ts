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
}

/** The number of the classes that no condition made: all values are of one class. */
export const ONE_CLASS = 0;

/** A class is a byte. */
const MAX_CLASSES = 256;

/** Marks pairs of classes that were seen in this round. */
const seen = new Int32Array(MAX_CLASSES * MAX_CLASSES);
let round = 0;

/**
 * What the conditions of a tree make of one feature. Some of them together have a number here. Many
 * are tried when paths are packed, so to try allocates nothing.
 */
export class FeatureClasses {
  readonly feature: number;
  /** Indexes of all thresholds above which a condition turns, ascending. */
  readonly #turns: readonly number[];
  readonly #conditions = new Map<
    Condition,
    { readonly truths: Uint8Array; readonly number: number }
  >();
  /** By number: the class of each range between two turns; missing last. */
  readonly #classes: Uint8Array[];
  readonly #counts = [1];

  constructor(feature: number, conditions: readonly Condition[]) {
    this.feature = feature;
    this.#turns = [...new Set(conditions.flatMap(({ turns }) => turns))].sort((a, b) => a - b);
    this.#classes = [new Uint8Array(this.#turns.length + 2)];
    for (const condition of conditions) {
      const truths = this.#truthsOf(condition);
      this.#conditions.set(condition, { truths, number: this.#add(truths, truths) });
    }
  }

  countOf(number: number): number {
    return this.#counts[number]!;
  }

  /** The classes of one of the conditions that the constructor got. */
  of(condition: Condition): number {
    return this.#conditions.get(condition)!.number;
  }

  /** How many classes two have together. */
  countTogether(a: number, b: number): number {
    if (a === b || b === ONE_CLASS) return this.#counts[a]!;
    if (a === ONE_CLASS) return this.#counts[b]!;
    const [own, others] = [this.#classes[a]!, this.#classes[b]!];
    let count = 0;
    round++;
    for (let range = 0; range < own.length; range++) {
      const pair = own[range]! * MAX_CLASSES + others[range]!;
      if (seen[pair] === round) continue;
      seen[pair] = round;
      count++;
    }
    return count <= MAX_CLASSES ? count : Infinity;
  }

  /** The number of both together, which are not too many. */
  join(a: number, b: number): number {
    if (a === b || b === ONE_CLASS) return a;
    return a === ONE_CLASS ? b : this.#add(this.#classes[a]!, this.#classes[b]!);
  }

  /** For each of the classes: 1 if the condition is true for its values. */
  answersOf(condition: Condition, number: number): Uint8Array {
    const { truths } = this.#conditions.get(condition)!;
    const classes = this.#classes[number]!;
    const answers = new Uint8Array(this.#counts[number]!);
    for (let range = 0; range < classes.length; range++) answers[classes[range]!] = truths[range]!;
    return answers;
  }

  classes(number: number): Classes {
    const all = this.#classes[number]!;
    const turns: number[] = [];
    const ranges = [all[0]!];
    for (const [i, turn] of this.#turns.entries()) {
      if (all[i + 1] === all[i]) continue;
      turns.push(turn);
      ranges.push(all[i + 1]!);
    }
    return { count: this.#counts[number]!, turns, ranges, nan: all.at(-1)! };
  }

  /** For each range: 1 if the condition is true there. */
  #truthsOf({ start, turns: own, nan }: Condition): Uint8Array {
    const turns = this.#turns;
    const truths = new Uint8Array(turns.length + 2);
    let is = start;
    let passed = 0;
    for (let range = 0; range <= turns.length; range++) {
      if (range > 0 && own[passed] === turns[range - 1]) {
        is = !is;
        passed++;
      }
      truths[range] = is ? 1 : 0;
    }
    truths[turns.length + 1] = nan ? 1 : 0;
    return truths;
  }

  /** Adds the classes that differ where one of two differs. Returns their number. */
  #add(a: Uint8Array, b: Uint8Array): number {
    const classes = new Uint8Array(a.length);
    const pairs: number[] = [];
    for (let range = 0; range < a.length; range++) {
      const pair = a[range]! * MAX_CLASSES + b[range]!;
      const known = pairs.indexOf(pair);
      classes[range] = known < 0 ? pairs.push(pair) - 1 : known;
    }
    this.#counts.push(pairs.length);
    return this.#classes.push(classes) - 1;
  }
}
