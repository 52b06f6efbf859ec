import type { Side } from '../encode/comparison-encoder.ts';
import type { Decisions } from '../flow/scores.ts';
import type { Metrics } from '../observe/metrics.ts';

/** What became of events for a challenger; the last two with a topic only. */
export type ChallengerOutcome = 'compared' | 'failed' | 'dropped' | 'written' | 'unwritten';

/** How the scores and decisions of a challenger differ from those of the champion. */
export class ChallengerCounts {
  readonly #metrics: Pick<Metrics, 'challengerRows' | 'challengerFlips' | 'challengerScoreDelta'>;
  readonly #counts = { compared: 0, failed: 0, dropped: 0, written: 0, unwritten: 0 };
  readonly #flips = new Map<string, number>();
  #delta = 0;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  count(outcome: ChallengerOutcome, rows: number): void {
    if (rows === 0) return;
    this.#counts[outcome] += rows;
    this.#metrics.challengerRows.inc({ outcome }, rows);
  }

  /** Both sides have a score and a decision for these rows. */
  compare(rows: ArrayLike<number>, champion: Side, challenger: Side): void {
    this.count('compared', rows.length);
    const [ours, others] = [champion.scores.score, challenger.scores.score];
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      const delta = Math.abs(others[row]! - ours[row]!);
      this.#delta += delta;
      this.#metrics.challengerScoreDelta.observe(delta);
    }
    for (const { from, to, count } of flipsOf(rows, champion.decisions, challenger.decisions)) {
      this.#metrics.challengerFlips.inc({ from, to }, count);
      const kind = `${from} → ${to}`;
      this.#flips.set(kind, (this.#flips.get(kind) ?? 0) + count);
    }
  }

  get report() {
    const { compared } = this.#counts;
    return {
      ...this.#counts,
      flips: Object.fromEntries(this.#flips),
      meanScoreDelta: compared === 0 ? null : this.#delta / compared,
    };
  }
}

interface Flips {
  readonly from: string;
  readonly to: string;
  readonly count: number;
}

/** Decisions that differ. Without a policy there are none. */
function flipsOf(rows: ArrayLike<number>, champion: Decisions, challenger: Decisions): Flips[] {
  if (champion.index === null || challenger.index === null) return [];
  const [ours, others] = [champion.index, challenger.index];
  const width = challenger.names.length;
  // by both decisions: of most batches, few pairs occur
  const pairs = new Map<number, number>();
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    const [from, to] = [ours[row]!, others[row]!];
    if (champion.names[from] === challenger.names[to]) continue;
    const pair = from * width + to;
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
  }
  return Array.from(pairs, ([pair, count]) => ({
    from: champion.names[Math.floor(pair / width)]!,
    to: challenger.names[pair % width]!,
    count,
  }));
}
