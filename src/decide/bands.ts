import type { BandSettings } from '../flow/policy-settings.ts';

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

  /** The index of the decision by the bands of one list. */
  decide(list: number, score: number): number {
    const last = this.#starts[list + 1]! - 1;
    const signed = this.#signs[list]! * score;
    let band = this.#starts[list]!;
    while (band < last && !(signed < this.#limits[band]!)) band++;
    return this.#decisions[band]!;
  }
}
