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
  /** Of the rows of a batch. */
  #deltas = new Float64Array(0);

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
    if (this.#deltas.length < rows.length) this.#deltas = new Float64Array(rows.length);
    this.#delta += deltasOf(rows, champion.scores.score, challenger.scores.score, this.#deltas);
    this.#metrics.challengerScoreDelta.observeAll(this.#deltas, rows.length);
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

/** How far the scores are from each other. Returns the sum. */
function deltasOf(
  rows: ArrayLike<number>,
  ours: Float64Array,
  others: Float64Array,
  into: Float64Array,
): number {
  let sum = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    sum += into[i] = Math.abs(others[row]! - ours[row]!);
  }
  return sum;
}

/** Decisions that differ. Without a policy there are none. */
function flipsOf(
  rows: ArrayLike<number>,
  champion: Decisions,
  challenger: Decisions,
): readonly Flips[] {
  if (champion.index === null || challenger.index === null) return [];
  const { names } = challenger;
  // Nearly always the policy is the same, and most decisions, too.
  const differ =
    champion.names === names ? differing(rows, champion.index, challenger.index) : rows;
  if (differ.length === 0) return [];
  const pairs = new Map<number, number>();
  for (let i = 0; i < differ.length; i++) {
    const row = differ[i]!;
    const [from, to] = [champion.index[row]!, challenger.index[row]!];
    if (champion.names[from] === names[to]) continue;
    const pair = from * names.length + to;
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
  }
  return Array.from(pairs, ([pair, count]) => ({
    from: champion.names[Math.floor(pair / names.length)]!,
    to: names[pair % names.length]!,
    count,
  }));
}

/** The rows whose numbers differ. */
function differing(
  rows: ArrayLike<number>,
  ours: Uint16Array,
  others: Uint16Array,
): readonly number[] {
  const found: number[] = [];
  for (let i = 0; i < rows.length; i++)
    if (ours[rows[i]!] !== others[rows[i]!]) found.push(rows[i]!);
  return found;
}
