import { both, SIDES, UNLABELLED, type Both, type Side } from './compared-batch.ts';
import { Sums } from './sum.ts';

/** What is counted for each verdict of one side. */
export class SideTally {
  readonly events: number[] = [];
  readonly positives: number[] = [];
  readonly negatives: number[] = [];
  readonly amount = new Sums();
  readonly positiveAmount = new Sums();
  readonly negativeAmount = new Sums();

  add(verdict: number, label: number, amount: number): void {
    increase(this.events, verdict);
    const money = !Number.isNaN(amount);
    if (money) this.amount.add(verdict, amount);
    if (label === UNLABELLED) return;
    increase(label === 1 ? this.positives : this.negatives, verdict);
    if (money) (label === 1 ? this.positiveAmount : this.negativeAmount).add(verdict, amount);
  }
}

/** The counts of all events, or of those of one segment. */
export class GroupTally {
  readonly sides: Both<SideTally> = both(() => new SideTally());
  events = 0;
  bothScored = 0;
  flips = 0;
  /** Scores that are the same, bit for bit. */
  identical = 0;
  maxDifference = 0;
  readonly #differences = new Sums();

  add(verdicts: Both<number>, label: number, amount: number): void {
    this.events++;
    for (const side of SIDES) this.sides[side].add(verdicts[side], label, amount);
  }

  /** Both sides have a score. */
  addScores(a: number, b: number): void {
    this.bothScored++;
    if (Object.is(a, b)) this.identical++;
    this.#differences.add(0, b - a);
    this.#differences.add(1, Math.abs(b - a));
    if (Math.abs(b - a) > this.maxDifference) this.maxDifference = Math.abs(b - a);
  }

  /** Mean of B's score minus A's; null without events that both have scored. */
  get meanDifference(): number | null {
    return this.bothScored === 0 ? null : this.#differences.get(0) / this.bothScored;
  }

  get meanAbsoluteDifference(): number | null {
    return this.bothScored === 0 ? null : this.#differences.get(1) / this.bothScored;
  }

  /** The counts of one side by verdict. */
  counts(side: Side): readonly number[] {
    return this.sides[side].events;
  }
}

function increase(counts: number[], index: number): void {
  counts[index] = (counts[index] ?? 0) + 1;
}
