/** A time in which input of a partition waited and nothing came out; ms since the epoch. */
interface Pause {
  readonly from: number;
  readonly to: number;
}

/** Shorter ones are those between two batches. */
const NOTICEABLE_MS = 200;
const FIRST_CAPACITY = 4096;

/**
 * How long partitions stood still, by the times at which brokers appended inputs and outputs. An output ends a pause of its
 * partition, which began with the output before it, or with its own input where that came later.
 */
export class Pauses {
  readonly #inputs: Float64Array[];
  readonly #last: number[];
  readonly #pauses: Pause[] = [];

  constructor(partitions: number) {
    this.#inputs = Array.from({ length: partitions }, () => new Float64Array(FIRST_CAPACITY));
    this.#last = new Array<number>(partitions).fill(-Infinity);
  }

  /** All inputs of a partition are told before its outputs. */
  input(partition: number, offset: number, at: number): void {
    let times = this.#inputs[partition]!;
    if (offset >= times.length) {
      const more = new Float64Array(Math.max(times.length * 2, offset + 1));
      more.set(times);
      times = this.#inputs[partition] = more;
    }
    times[offset] = at;
  }

  /** An output whose input has this offset; outputs of a partition are told in their order. */
  output(partition: number, offset: number, at: number): void {
    const came = this.#inputs[partition]?.[offset] ?? 0;
    if (came === 0) return; // of no input, which the ledger counts
    const from = Math.max(this.#last[partition]!, came);
    if (at - from >= NOTICEABLE_MS) this.#pauses.push({ from, to: at });
    this.#last[partition] = at;
  }

  /** The longest pause that was under way at any moment of a time; 0 where there was none worth a word. */
  longestMs(from: number, to: number): number {
    const during = this.#pauses.filter((pause) => pause.from <= to && pause.to >= from);
    return during.reduce((longest, pause) => Math.max(longest, pause.to - pause.from), 0);
  }
}
