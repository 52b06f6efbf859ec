/** A score, and the rate of positive labels at it. */
export type Knot = readonly [score: number, rate: number];

/** Equal steps between the first and the last knot, which say where to look. */
const STEPS = 4096;

/** Scores → the probability of a positive label: straight lines between knots, flat beyond them. */
export class Calibrator {
  readonly #scores: Float64Array;
  readonly #rates: Float64Array;
  /** The last knot that is not above the beginning of each step. */
  readonly #starts = new Uint16Array(STEPS + 1);
  readonly #scale: number;

  constructor(knots: readonly Knot[]) {
    this.#scores = Float64Array.from(knots, ([score]) => score);
    this.#rates = Float64Array.from(knots, ([, rate]) => rate);
    const last = knots.length - 1;
    const first = this.#scores[0]!;
    this.#scale = STEPS / (this.#scores[last]! - first);
    for (let step = 0, knot = 0; step <= STEPS; step++) {
      while (knot < last && this.#scores[knot + 1]! <= first + step / this.#scale) knot++;
      this.#starts[step] = knot;
    }
  }

  of(score: number): number {
    const scores = this.#scores;
    const last = scores.length - 1;
    if (score <= scores[0]!) return this.#rates[0]!;
    if (score >= scores[last]!) return this.#rates[last]!;
    const step = Math.floor((score - scores[0]!) * this.#scale);
    // one knot more to each side, because the step is rounded
    let low = Math.max(0, this.#starts[step]! - 1);
    let high = Math.min(last, this.#starts[Math.min(step + 1, STEPS)]! + 1);
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (scores[middle]! <= score) low = middle;
      else high = middle;
    }
    const [from, to] = [this.#rates[low]!, this.#rates[high]!];
    return from + ((to - from) * (score - scores[low]!)) / (scores[high]! - scores[low]!);
  }
}

/** More knots than this say nothing, and make profile.json large. */
const MAX_KNOTS = 200;

/**
 * The knots of an isotonic regression of labels (0 or 1) on scores: rates that never fall (or never
 * rise, where low scores are those of positive events) and are closest to the labels (pool adjacent
 * violators). Undefined without labels of both kinds.
 */
export function isotonicKnots(
  scores: Float64Array,
  labels: Uint8Array,
): { readonly knots: Knot[]; readonly positives: number } | undefined {
  const order = Uint32Array.from(scores.keys()).sort((a, b) => scores[a]! - scores[b]!);
  const positives = labels.reduce((sum, label) => sum + label, 0);
  if (positives === 0 || positives === labels.length) return undefined;
  const falling = isFalling(scores, labels, order, positives);
  const blocks: Block[] = [];
  for (let i = 0; i < order.length;) {
    // events with the same score are one
    const score = scores[order[i]!]!;
    let [events, hits] = [0, 0];
    for (; i < order.length && scores[order[i]!]! === score; i++) {
      events++;
      hits += labels[order[i]!]!;
    }
    let block: Block = { low: score, high: score, events, hits: falling ? events - hits : hits };
    for (let before = blocks.at(-1); before !== undefined; before = blocks.at(-1)) {
      if (before.hits * block.events < block.hits * before.events) break;
      blocks.pop();
      block = {
        low: before.low,
        high: block.high,
        events: before.events + block.events,
        hits: before.hits + block.hits,
      };
    }
    blocks.push(block);
  }
  const knots = blocks.flatMap(({ low, high, events, hits }): Knot[] => {
    const rate = (falling ? events - hits : hits) / events;
    return low === high
      ? [[low, rate]]
      : [
          [low, rate],
          [high, rate],
        ];
  });
  return { knots: thinned(knots), positives };
}

interface Block {
  readonly low: number;
  readonly high: number;
  readonly events: number;
  readonly hits: number;
}

/** Whether positive events have the lower scores. */
function isFalling(
  scores: Float64Array,
  labels: Uint8Array,
  order: Uint32Array,
  positives: number,
): boolean {
  let ranks = 0; // of positive events, from 1 on; events with the same score share a rank
  for (let i = 0; i < order.length;) {
    let [end, hits] = [i, 0];
    for (; end < order.length && scores[order[end]!]! === scores[order[i]!]!; end++)
      hits += labels[order[end]!]!;
    ranks += (hits * (i + 1 + end)) / 2;
    i = end;
  }
  return ranks / positives < (order.length + 1) / 2;
}

/** Without the knots that a line between their neighbours says best. */
function thinned(knots: readonly Knot[]): Knot[] {
  let kept = [...knots];
  while (kept.length > MAX_KNOTS) {
    const errors = kept.map((knot, i) => {
      const [before, after] = [kept[i - 1], kept[i + 1]];
      if (before === undefined || after === undefined) return Infinity;
      const part = (knot[0] - before[0]) / (after[0] - before[0]);
      return Math.abs(before[1] + part * (after[1] - before[1]) - knot[1]);
    });
    const excess = kept.length - MAX_KNOTS;
    const limit = errors.toSorted((a, b) => a - b)[Math.min(excess, kept.length - 1)]!;
    let gone = 0;
    let removed = -2;
    kept = kept.filter((_knot, i) => {
      // never two neighbours at once: the error of the second one has changed
      if (gone >= excess || errors[i]! > limit || removed === i - 1) return true;
      removed = i;
      gone++;
      return false;
    });
  }
  return kept;
}
