import { ScorerError } from '../errors.ts';
import { both, UNLABELLED, type Both, type Side } from './compared-batch.ts';

/** Rows of one block of memory. */
const CHUNK_BITS = 16;
const CHUNK = 1 << CHUNK_BITS;
const CHUNK_MASK = CHUNK - 1;
/** An event without a time. */
export const NO_DAY = -(2 ** 31);
export const DAY_MS = 86_400_000;

export interface StoreOptions {
  /** More events are refused: all scores are kept, so that every figure is exact. */
  readonly maxEvents: number;
  readonly days: boolean;
  readonly labels: boolean;
  readonly amounts: boolean;
}

export interface Entry {
  /** NaN: this side has no score. */
  readonly a: number;
  readonly b: number;
  /** In ms since the epoch; NaN: none. */
  readonly time: number;
  readonly label: number;
  readonly amount: number;
}

/**
 * The scores of all events, with what is needed to rank them: 16 bytes for each event, and at most
 * 13 more for its day, its label and its amount.
 */
export class ScoreStore {
  readonly #options: StoreOptions;
  readonly #scores: Both<Float64Array[]> = both(() => []);
  readonly #days: Int32Array[] = [];
  readonly #labels: Uint8Array[] = [];
  readonly #amounts: Float64Array[] = [];
  #length = 0;

  constructor(options: StoreOptions) {
    this.#options = options;
  }

  get length(): number {
    return this.#length;
  }

  get hasDays(): boolean {
    return this.#options.days;
  }

  add({ a, b, time, label, amount }: Entry): void {
    const { maxEvents, days, labels, amounts } = this.#options;
    if (this.#length >= maxEvents) throw tooMany(maxEvents);
    const chunk = this.#length >>> CHUNK_BITS;
    const at = this.#length & CHUNK_MASK;
    if (at === 0) {
      this.#scores.a.push(new Float64Array(CHUNK));
      this.#scores.b.push(new Float64Array(CHUNK));
      if (days) this.#days.push(new Int32Array(CHUNK));
      if (labels) this.#labels.push(new Uint8Array(CHUNK));
      if (amounts) this.#amounts.push(new Float64Array(CHUNK));
    }
    this.#scores.a[chunk]![at] = a;
    this.#scores.b[chunk]![at] = b;
    if (days) this.#days[chunk]![at] = Number.isNaN(time) ? NO_DAY : Math.floor(time / DAY_MS);
    if (labels) this.#labels[chunk]![at] = label;
    if (amounts) this.#amounts[chunk]![at] = amount;
    this.#length++;
  }

  /** The scores of one side that `wanted` takes, sorted from low to high. */
  sorted(side: Side, wanted?: (i: number) => boolean): Float64Array {
    const scores = new Float64Array(this.#length);
    let count = 0;
    for (let i = 0; i < this.#length; i++) {
      const score = this.score(side, i);
      if (!Number.isNaN(score) && (wanted === undefined || wanted(i))) scores[count++] = score;
    }
    return scores.subarray(0, count).sort();
  }

  score(side: Side, i: number): number {
    return this.#scores[side][i >>> CHUNK_BITS]![i & CHUNK_MASK]!;
  }

  day(i: number): number {
    return this.#days[i >>> CHUNK_BITS]?.[i & CHUNK_MASK] ?? NO_DAY;
  }

  label(i: number): number {
    return this.#labels[i >>> CHUNK_BITS]?.[i & CHUNK_MASK] ?? UNLABELLED;
  }

  amount(i: number): number {
    return this.#amounts[i >>> CHUNK_BITS]?.[i & CHUNK_MASK] ?? NaN;
  }
}

function tooMany(maxEvents: number): ScorerError {
  return new ScorerError({
    code: 'INPUT_INVALID',
    what: `there are more than ${maxEvents} events`,
    where: '--max-events',
    remedy:
      'Compare a shorter range, compare a part of the events (--every 10), or raise --max-events and give the program more memory: up to 60 bytes for each event.',
  });
}
