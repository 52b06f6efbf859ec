import type { BandSettings } from '../flow/policy-settings.ts';
import type { Settled } from './settle.ts';

/**
 * The bands of a policy and of its segments. The first band whose `upTo` is above the score, or
 * whose `downTo` is below it, decides.
 */
export class Bands {
  /** Bands from high to low are bands of the negative score from low to high. */
  readonly #signs: Float64Array;
  readonly #limits: Float64Array;
  readonly #decisions: Uint16Array;
  /** Where the bands of each list begin; one more for the end. */
  readonly #starts: Uint32Array;

  /** `indexOf`: the index of a decision among all of the policy. */
  constructor(lists: readonly (readonly BandSettings[])[], indexOf: (decision: string) => number) {
    const signs = lists.map((bands) => (bands.some(({ downTo }) => downTo !== undefined) ? -1 : 1));
    this.#signs = Float64Array.from(signs);
    this.#limits = Float64Array.from(
      lists.flatMap((bands, i) => {
        const sign = signs[i]!;
        return bands.map(({ upTo, downTo }) => sign * (upTo ?? downTo ?? sign * Infinity));
      }),
    );
    this.#decisions = Uint16Array.from(lists.flat(), (band) => indexOf(band.decision));
    let start = 0;
    this.#starts = Uint32Array.from([0, ...lists.map(({ length }) => (start += length))]);
  }

  /** The decision of each score, by the bands of the first list. */
  decide(scores: Float64Array, into: Uint16Array): void {
    const open = new Uint8Array(scores.length).fill(1);
    this.settle({ open, index: into, decidedBy: new Uint16Array(scores.length) }, null, scores);
  }

  /**
   * Decides the rows that are still open by the bands of their segments, the first list without.
   * Limits rise, so the band is the number of limits that are not above the score. Counting them
   * needs no branch, which a processor could not predict.
   */
  settle(
    { open, index, decidedBy }: Settled,
    segmentOf: Uint16Array | null,
    scores: Float64Array,
  ): void {
    const [starts, signs, limits, decisions] = [
      this.#starts,
      this.#signs,
      this.#limits,
      this.#decisions,
    ];
    for (let row = 0; row < index.length; row++) {
      if (open[row] === 0) continue;
      const list = segmentOf === null ? 0 : segmentOf[row]!;
      const last = starts[list + 1]! - 1;
      const signed = signs[list]! * scores[row]!;
      let band = starts[list]!;
      for (let limit = band; limit < last; limit++) band += 1 - +(signed < limits[limit]!);
      decidedBy[row] = list;
      index[row] = decisions[band]!;
    }
  }
}
