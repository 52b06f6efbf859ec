import type { Alternatives } from './alternatives.ts';

/** Beyond this, evidence only overflows. */
const MOST = 1e200;

/**
 * Detects a change in a stream of blocks without windows: an e-detector of the kind of Shiryaev and
 * Roberts. Per block, each alternative's evidence becomes (R + 1) · its likelihood ratio, and the
 * evidence is their weighted mean. Without a change its expectation is at most the number of blocks,
 * so it reaches 1/α within n blocks with a probability of at most n·α (Shin, Ramdas and Rinaldo).
 */
export class EDetector {
  readonly #evidence: Float64Array;
  /** For each alternative, the ln of the ratio of a block. */
  readonly #ratios: Float64Array;
  /** For each alternative, the sum of its ln ratios since it was last below 0 (CUSUM). */
  readonly #walk: Float64Array;
  /** For each alternative, the block after which that sum began to grow. */
  readonly #since: Float64Array;
  readonly #statistics: Float64Array;
  #blocks = 0;
  #mean = 0;

  constructor({ weights, scores }: Alternatives, slots: number) {
    this.#evidence = new Float64Array(weights.length);
    this.#ratios = new Float64Array(weights.length);
    this.#walk = new Float64Array(weights.length);
    this.#since = new Float64Array(weights.length);
    this.#statistics = new Float64Array(slots + scores.length);
  }

  /** The mean evidence after the last block. */
  get evidence(): number {
    return this.#mean;
  }

  /** `counts`: events of the block by slot. All blocks of a detector have the same alternatives. */
  add(counts: ArrayLike<number>, alternatives: Alternatives): void {
    const { weights, scores } = alternatives;
    const statistics = this.#statistics;
    const slots = counts.length;
    let events = 0;
    statistics.fill(0);
    for (let slot = 0; slot < slots; slot++) {
      const count = counts[slot]!;
      if (count === 0) continue;
      statistics[slot] = count;
      events += count;
      for (let i = 0; i < scores.length; i++) statistics[slots + i]! += count * scores[i]![slot]!;
    }
    this.#blocks++;
    this.#follow(alternatives, events);
    this.#mean = multiplied(this.#evidence, this.#ratios, weights);
  }

  /** The ratios of a block, and where they began to grow: no branch, because no guess would hold. */
  #follow({ statistic, slope, perEvent }: Alternatives, events: number): void {
    const [statistics, ratios, walks] = [this.#statistics, this.#ratios, this.#walk];
    const [since, block] = [this.#since, this.#blocks];
    for (let i = 0; i < ratios.length; i++) {
      const ratio = slope[i]! * statistics[statistic[i]!]! - perEvent[i]! * events;
      ratios[i] = ratio;
      const walk = walks[i]! + ratio;
      const grows = +(walk > 0);
      walks[i] = walk * grows;
      since[i] = since[i]! * grows + block * (1 - grows);
    }
  }

  /** The alternative that contributes most, and how many blocks ago its evidence began to grow. */
  leading({ weights }: Alternatives): { index: number; blocks: number } {
    let index = 0;
    let most = -1;
    for (let i = 0; i < weights.length; i++) {
      const part = weights[i]! * this.#evidence[i]!;
      if (part > most) [index, most] = [i, part];
    }
    return { index, blocks: this.#blocks - this.#since[index]! };
  }

  /** Begins again, after an alarm. */
  reset(): void {
    this.#evidence.fill(0);
    this.#walk.fill(0);
    this.#since.fill(this.#blocks);
    this.#mean = 0;
  }
}

/** Powers of two from 2^LOWEST on, up to beyond `MOST`. */
const LOWEST = -1022;
const POWERS = Float64Array.from({ length: 1688 }, (_, i) => 2 ** (LOWEST + i));
const LEAST_LN = -708;
const MOST_LN = 461;
/** ln 2 in two parts: the product of the first with a small integer is exact. */
const LN2_HIGH = 6.931_471_803_691_238_16e-1;
const LN2_LOW = 1.908_214_929_270_587_7e-10;

/**
 * Multiplies each evidence plus one with its ratio, and returns their mean by the weights. The
 * exponential is 2^k · e^r with |r| ≤ ln(2)/2, and Taylor's series of e^r up to r^10, which is off by
 * less than 1e-12: a call of `Math.exp` for each of a thousand alternatives takes longer than all else.
 */
function multiplied(evidence: Float64Array, ratios: Float64Array, weights: Float64Array): number {
  let mean = 0;
  for (let i = 0; i < evidence.length; i++) {
    const ratio = Math.max(LEAST_LN, Math.min(MOST_LN, ratios[i]!));
    const k = Math.floor(ratio * Math.LOG2E + 0.5);
    const r = ratio - k * LN2_HIGH - k * LN2_LOW;
    const high = 1 / 720 + r * (1 / 5040 + r * (1 / 40_320 + r * (1 / 362_880 + r / 3_628_800)));
    const low = 1 / 6 + r * (1 / 24 + r / 120);
    const cube = r * r * r;
    const e = POWERS[k - LOWEST]! * (1 + r + 0.5 * r * r + cube * (low + cube * high));
    const after = Math.min(MOST, (evidence[i]! + 1) * e);
    evidence[i] = after;
    mean += weights[i]! * after;
  }
  return mean;
}
