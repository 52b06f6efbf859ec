import { holds, type Steps } from './steps.ts';

/** The explained row and a row of the background, each with the place where it starts. */
export interface Pair {
  readonly x: Float32Array;
  readonly row: number;
  readonly background: Float32Array;
  readonly other: number;
}

const BOTH = 0;
const ROW = 1;
const OTHER = 2;

/**
 * Interventional SHAP of one row against one row of the background: the players are the features in
 * which a path suits one row only. Walks where the two rows part, both ways (Lundberg et al. 2020).
 * It needs no memory for a tree, however large.
 */
export class BackgroundWalk {
  readonly #marks: Uint8Array;
  /** Features that only the explained row satisfies, and those that only the other does. */
  readonly #own = new Int32Array(129);
  readonly #others = new Int32Array(129);
  #ownCount = 0;
  #otherCount = 0;

  constructor(width: number) {
    this.#marks = new Uint8Array(width);
  }

  /** Adds to `phi`, from `at` on, one number for each feature. */
  add(steps: Steps, values: Float32Array, pair: Pair, phi: Float64Array, at: number): void {
    this.#walk(steps, steps.tree.root, values, pair, phi, at);
  }

  #walk(
    steps: Steps,
    from: number,
    values: Float32Array,
    pair: Pair,
    phi: Float64Array,
    at: number,
  ): void {
    const { features } = steps.tree;
    let reference = from;
    while (reference >= 0) {
      const feature = features[reference]!;
      const mark = this.#marks[feature]!;
      const own = mark === OTHER ? 0 : after(steps, reference, pair.x[pair.row + feature]!);
      const others =
        mark === ROW ? 0 : after(steps, reference, pair.background[pair.other + feature]!);
      if (mark !== BOTH || own === others) {
        reference = mark === OTHER ? others : own;
        continue;
      }
      this.#marks[feature] = ROW;
      this.#own[this.#ownCount++] = feature;
      this.#walk(steps, own, values, pair, phi, at);
      this.#ownCount--;
      this.#marks[feature] = OTHER;
      this.#others[this.#otherCount++] = feature;
      this.#walk(steps, others, values, pair, phi, at);
      this.#otherCount--;
      this.#marks[feature] = BOTH;
      return;
    }
    const value = values[~reference]!;
    const [p, m] = [this.#ownCount, this.#otherCount];
    if (p > 0) {
      const share = value * weight(p, m);
      for (let i = 0; i < p; i++) phi[at + this.#own[i]!]! += share;
    }
    if (m > 0) {
      const share = value * weight(m, p);
      for (let i = 0; i < m; i++) phi[at + this.#others[i]!]! -= share;
    }
  }
}

function after(steps: Steps, test: number, value: number): number {
  return (holds(steps, test, value) ? steps.held : steps.failed)[test]!;
}

const SIDE = 129;
const weights = new Float64Array(SIDE * SIDE);

/** (p - 1)! m! / (p + m)!, the share of one of p players when m others must come after. */
export function weight(p: number, m: number): number {
  const known = weights[p * SIDE + m]!;
  if (known > 0) return known;
  // 1 / (p × the binomial coefficient of p + m over m)
  let share = 1 / p;
  for (let i = 1; i <= m; i++) share *= i / (p + i);
  weights[p * SIDE + m] = share;
  return share;
}
