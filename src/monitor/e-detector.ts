import type { Alternatives } from './alternatives.ts';

/** Beyond this, evidence only overflows. */
const MOST = 1e200;
/** The ln of a ratio that leaves nothing of evidence up to 1. */
const NOTHING = -41;

/**
 * Detects a change in a stream of blocks without windows: an e-detector of the kind of Shiryaev and
 * Roberts. Per block, each alternative's evidence becomes (R + 1) · its likelihood ratio, and the
 * evidence is their weighted mean. Without a change its expectation is at most the number of blocks,
 * so it reaches 1/α within n blocks with a probability of at most n·α (Shin, Ramdas and Rinaldo).
 */
export class EDetector {
  readonly #evidence: Float64Array;
  /** For each alternative, the sum of its ln ratios since it was last below 0 (CUSUM). */
  readonly #walk: Float64Array;
  /** For each alternative, the block after which that sum began to grow. */
  readonly #since: Float64Array;
  readonly #statistics: Float64Array;
  #blocks = 0;
  #mean = 0;

  constructor({ weights, scores }: Alternatives, slots: number) {
    this.#evidence = new Float64Array(weights.length);
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
    const { weights, scores, statistic, slope, perEvent } = alternatives;
    const [statistics, evidence, walks, since] = [
      this.#statistics,
      this.#evidence,
      this.#walk,
      this.#since,
    ];
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
    const block = ++this.#blocks;
    let mean = 0;
    for (let i = 0; i < evidence.length; i++) {
      const ratio = slope[i]! * statistics[statistic[i]!]! - perEvent[i]! * events;
      const before = evidence[i]!;
      let after = 0;
      // Beside the 1 of the next block, evidence of less than 1e-17 is nothing.
      if (ratio > NOTHING || before > 1) {
        after = (before + 1) * Math.exp(ratio);
        if (after > MOST) after = MOST;
        mean += weights[i]! * after;
      }
      evidence[i] = after;
      const walk = walks[i]! + ratio;
      if (walk > 0) walks[i] = walk;
      else {
        walks[i] = 0;
        since[i] = block;
      }
    }
    this.#mean = mean;
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
