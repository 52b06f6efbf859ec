import { alternativesOf, type Alternatives } from './alternatives.ts';
import { EDetector } from './e-detector.ts';
import type { ReferenceSeries } from './profile-series.ts';

/** So many blocks in a row must show the change. */
const BLOCKS_IN_A_ROW = 2;
/** Rows that an hour of the reference needs, so that it is compared. */
const ROWS_OF_HOUR = 300;

/** What is wrong with a series, since when. */
export interface Drift {
  /** What has changed: higher, lower, more spread, `more missing`, `more = DE` … */
  readonly change: string;
  /** How many blocks ago it began, as far as the evidence says. */
  readonly blocks: number;
}

/** Watches one series, block by block. */
export class DriftSeries {
  readonly #reference: ReferenceSeries;
  readonly #effect: number;
  readonly #alternatives: Alternatives;
  /** By the hour of the week, made when an hour is first seen. */
  readonly #ofHour = new Map<number, Alternatives | undefined>();
  readonly #detector: EDetector;
  readonly #threshold: number;
  #inARow = 0;

  /** `alpha`: the false-alarm rate per block. */
  constructor(reference: ReferenceSeries, effect: number, alpha: number) {
    this.#reference = reference;
    this.#effect = effect;
    this.#alternatives = alternativesOf(reference.slots, { effect });
    this.#detector = new EDetector(this.#alternatives, reference.slots.names.length);
    this.#threshold = 1 / alpha;
  }

  /** Evidence for a change over what raises an alarm, both as logarithms: 1 raises it. */
  get evidence(): number {
    return Math.max(0, Math.log(this.#detector.evidence) / Math.log(this.#threshold));
  }

  /**
   * `counts`: events of the block by slot. `hour`: of the week, if it is known. The change, if this
   * block proves one; the series then begins to look for the next one.
   */
  add(counts: ArrayLike<number>, hour: number | undefined): Drift | undefined {
    const alternatives = this.#alternativesFor(hour);
    if (alternatives === undefined) return undefined;
    this.#detector.add(counts, alternatives);
    if (this.#detector.evidence < this.#threshold) {
      this.#inARow = 0;
      return undefined;
    }
    if (++this.#inARow < BLOCKS_IN_A_ROW) return undefined;
    const { index, blocks } = this.#detector.leading(alternatives);
    this.#detector.reset();
    this.#inARow = 0;
    return { change: alternatives.names[index]!, blocks };
  }

  /** Undefined for an hour of which the reference knows too little. */
  #alternativesFor(hour: number | undefined): Alternatives | undefined {
    const { hours, slots } = this.#reference;
    if (hours === undefined || hour === undefined) return this.#alternatives;
    if (!this.#ofHour.has(hour)) {
      const counts = hours[hour]!;
      const rows = counts.reduce((sum, count) => sum + count, 0);
      const own =
        rows < ROWS_OF_HOUR ? undefined : alternativesOf(slots, { effect: this.#effect, counts });
      this.#ofHour.set(hour, own);
    }
    return this.#ofHour.get(hour);
  }
}
