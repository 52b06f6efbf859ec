/** The limits beyond which a canary stops. */
export interface StopWhen {
  readonly flipRate?: number | undefined;
  readonly deadLetterRatio?: number | undefined;
  readonly latencyRatio?: number | undefined;
  /** Nothing is judged before the canary had so many rows. */
  readonly minEvents: number;
}

/** What delivered batches show of a canary. */
export interface CanaryCounts {
  /** Rows of its share that the champion or it could score. */
  readonly rows: number;
  /** Those with a decision of both, and those of them with two different decisions. */
  readonly compared: number;
  readonly flips: number;
  /** Rows that only the champion could score. */
  readonly failed: number;
  /** Its time divided by that of the champion, for the same rows. */
  readonly slower?: number | undefined;
}

/**
 * How sure a limit must be exceeded, in standard deviations. The canary is judged after each
 * delivery, so it has many chances to look bad by accident.
 */
const SURE = 3;
/** One measurement of the time says little. */
const MIN_TIMES = 10;

/**
 * Judges a canary by what was delivered. It stops only if a limit is exceeded beyond doubt: the
 * lower bound of the rate (Wilson's interval), or of the mean ratio of the times, is above it. Few
 * rows alone never stop it.
 */
export class CanaryJudge {
  readonly #limits: StopWhen;
  #rows = 0;
  #compared = 0;
  #flips = 0;
  #failed = 0;
  readonly #times = new MeanOfLogs();

  constructor(limits: StopWhen) {
    this.#limits = limits;
  }

  /** Whether times have to be measured. */
  get wantsTimes(): boolean {
    return this.#limits.latencyRatio !== undefined;
  }

  /** Adds what a delivery shows. Returns why the canary has to stop; undefined if it may go on. */
  add({ rows, compared, flips, failed, slower }: CanaryCounts): string | undefined {
    this.#rows += rows;
    this.#compared += compared;
    this.#flips += flips;
    this.#failed += failed;
    if (slower !== undefined && slower > 0) this.#times.add(slower);
    if (this.#rows < this.#limits.minEvents) return undefined;
    return this.#flipping() ?? this.#failing() ?? this.#slow();
  }

  #flipping(): string | undefined {
    const { flipRate } = this.#limits;
    if (flipRate === undefined || lowerBound(this.#flips, this.#compared) <= flipRate)
      return undefined;
    return `it decides otherwise than the champion for ${this.#flips} of ${this.#compared} events; stopWhen.flipRate is ${flipRate}`;
  }

  #failing(): string | undefined {
    const { deadLetterRatio } = this.#limits;
    if (deadLetterRatio === undefined || lowerBound(this.#failed, this.#rows) <= deadLetterRatio)
      return undefined;
    return `it has no score for ${this.#failed} of ${this.#rows} events that the champion scores; stopWhen.deadLetterRatio is ${deadLetterRatio}`;
  }

  #slow(): string | undefined {
    const { latencyRatio } = this.#limits;
    if (latencyRatio === undefined || this.#times.count < MIN_TIMES) return undefined;
    if (this.#times.lowerBound <= latencyRatio) return undefined;
    return `it needs ${this.#times.mean.toFixed(1)} times as long as the champion for the same events; stopWhen.latencyRatio is ${latencyRatio}`;
  }
}

/** The lower end of Wilson's interval of a rate; 0 if nothing was counted. */
export function lowerBound(hits: number, of: number): number {
  if (of === 0) return 0;
  const rate = hits / of;
  const z2 = SURE ** 2;
  const middle = rate + z2 / (2 * of);
  const spread = SURE * Math.sqrt((rate * (1 - rate) + z2 / (4 * of)) / of);
  return (middle - spread) / (1 + z2 / of);
}

/** The geometric mean of ratios, and its lower bound. */
class MeanOfLogs {
  count = 0;
  #mean = 0;
  #squares = 0;

  add(ratio: number): void {
    const log = Math.log(ratio);
    this.count++;
    const before = log - this.#mean;
    this.#mean += before / this.count;
    this.#squares += before * (log - this.#mean);
  }

  get mean(): number {
    return Math.exp(this.#mean);
  }

  get lowerBound(): number {
    const variance = this.count < 2 ? Infinity : this.#squares / (this.count - 1);
    return Math.exp(this.#mean - SURE * Math.sqrt(variance / this.count));
  }
}
