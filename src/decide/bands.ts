import type { BandSettings } from '../flow/policy-settings.ts';
import type { Settled } from './settle.ts';

/**
 * The bands of a policy and of its segments. The first band whose `upTo` is above the score, or
 * whose `downTo` is below it, decides. Tables are by list of bands; shorter lists are filled up with limits
 * that no score reaches, and with their last decision.
 */
export class Bands {
  /** Bands from high to low are bands of the negative score from low to high. */
  readonly #signs: Float64Array;
  /** By band but the last one. */
  readonly #limits: readonly Float64Array[];
  readonly #decisions: Uint16Array;
  /** Bands of the longest list. */
  readonly #most: number;
  /** The place of the decision of each row. */
  #places = new Uint32Array(0);

  /** `indexOf`: the index of a decision among all of the policy. */
  constructor(lists: readonly (readonly BandSettings[])[], indexOf: (decision: string) => number) {
    const signs = lists.map((bands) => (bands.some(({ downTo }) => downTo !== undefined) ? -1 : 1));
    const most = Math.max(...lists.map(({ length }) => length));
    this.#signs = Float64Array.from(signs);
    this.#most = most;
    this.#limits = Array.from({ length: most - 1 }, (_, band) =>
      Float64Array.from(lists, (bands, i) => {
        const { upTo, downTo } = bands[band] ?? {};
        const limit = upTo ?? downTo;
        return limit === undefined || band >= bands.length - 1 ? Infinity : signs[i]! * limit;
      }),
    );
    this.#decisions = Uint16Array.from(
      lists.flatMap((bands) =>
        Array.from({ length: most }, (_, band) => indexOf((bands[band] ?? bands.at(-1)!).decision)),
      ),
    );
  }

  /** The decision of each score, by the bands of the first list. `into` has zeros. */
  decide(scores: Float64Array, into: Uint16Array): void {
    const sign = this.#signs[0]!;
    for (const limits of this.#limits) countAbove(sign, limits[0]!, scores, into);
    const decisions = this.#decisions;
    for (let row = 0; row < into.length; row++) into[row] = decisions[into[row]!]!;
  }

  /**
   * Decides the rows that are still open by the bands of their segments, the first list without.
   * Limits rise, so the band is the number of limits that are not above the score. Counting them
   * needs no branch, which a processor could not predict. One limit after the other, because V8
   * makes a loop in a loop slow.
   */
  settle(
    { open, index, decidedBy }: Settled,
    segmentOf: Uint16Array | null,
    scores: Float64Array,
  ): void {
    const rows = index.length;
    const of = segmentOf ?? noSegments(rows);
    if (this.#places.length < rows) this.#places = new Uint32Array(rows);
    const places = this.#places;
    for (let row = 0; row < rows; row++) places[row] = of[row]! * this.#most;
    for (const limits of this.#limits) this.#count(limits, of, scores, rows);
    const decisions = this.#decisions;
    for (let row = 0; row < rows; row++) {
      if (open[row] === 0) continue;
      decidedBy[row] = of[row]!;
      index[row] = decisions[places[row]!]!;
    }
  }

  #count(limits: Float64Array, of: Uint16Array, scores: Float64Array, rows: number): void {
    const [signs, places] = [this.#signs, this.#places];
    for (let row = 0; row < rows; row++) {
      const list = of[row]!;
      places[row]! += 1 - +(signs[list]! * scores[row]! < limits[list]!);
    }
  }
}

/** Adds 1 where the limit is not above the score. */
function countAbove(sign: number, limit: number, scores: Float64Array, into: Uint16Array): void {
  for (let row = 0; row < into.length; row++) into[row]! += 1 - +(sign * scores[row]! < limit);
}

let none = new Uint16Array(0);

/** Nobody writes to it. */
function noSegments(rows: number): Uint16Array {
  if (none.length < rows) none = new Uint16Array(rows);
  return none;
}
