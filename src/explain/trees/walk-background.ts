import { holds, type Steps } from './steps.ts';

/** The explained row, and where it starts. */
export interface ExplainedRow {
  readonly x: Float32Array;
  readonly row: number;
}

const BOTH = 0;
const ROW = 1;
const OTHER = 2;

/**
 * Interventional SHAP of one row against rows of a background: the players are the features in which
 * a path suits one of two rows only. Walks where the two rows part, both ways (Lundberg et al.
 * 2020). Rows of the background that go the same ways walk together. It needs no memory for a tree,
 * however large.
 */
export class BackgroundWalk {
  readonly #background: Float32Array;
  /** The rows of the background, as places. Those that walk together are beside each other. */
  readonly #others: Int32Array;
  readonly #marks: Uint8Array;
  /** Features that only the explained row satisfies, and those that only the others do. */
  readonly #own = new Int32Array(129);
  readonly #theirs = new Int32Array(129);
  #ownCount = 0;
  #theirCount = 0;

  /** `background`: rows × `width`, row-major. */
  constructor(width: number, background: Float32Array, rows: number) {
    this.#background = background;
    this.#others = Int32Array.from({ length: rows }, (_, row) => row * width);
    this.#marks = new Uint8Array(width);
  }

  /** Adds the sum over all rows of the background to `phi`: one number a feature, from `at` on. */
  add(steps: Steps, values: Float32Array, row: ExplainedRow, phi: Float64Array, at: number): void {
    const others = this.#others.length;
    this.#walk(steps, steps.tree.root, values, row, phi, at, 0, others);
  }

  /** Walks on with the others from `from` to `to`. */
  #walk(
    steps: Steps,
    start: number,
    values: Float32Array,
    given: ExplainedRow,
    phi: Float64Array,
    at: number,
    from: number,
    to: number,
  ): void {
    const { features } = steps.tree;
    let reference = start;
    let first = from;
    while (reference >= 0) {
      const feature = features[reference]!;
      const mark = this.#marks[feature]!;
      const holdsOwn = holds(steps, reference, given.x[given.row + feature]!);
      const own = (holdsOwn ? steps.held : steps.failed)[reference]!;
      const different = (holdsOwn ? steps.failed : steps.held)[reference]!;
      const parting =
        mark === ROW || own === different
          ? to
          : this.#together(steps, reference, feature, holdsOwn, first, to);
      if (parting === to) {
        reference = own;
        continue;
      }
      if (parting > first) this.#walk(steps, own, values, given, phi, at, first, parting);
      if (mark === OTHER) {
        reference = different;
        first = parting;
        continue;
      }
      this.#marks[feature] = ROW;
      this.#own[this.#ownCount++] = feature;
      this.#walk(steps, own, values, given, phi, at, parting, to);
      this.#ownCount--;
      this.#marks[feature] = OTHER;
      this.#theirs[this.#theirCount++] = feature;
      this.#walk(steps, different, values, given, phi, at, parting, to);
      this.#theirCount--;
      this.#marks[feature] = BOTH;
      return;
    }
    this.#leaf((to - first) * values[~reference]!, phi, at);
  }

  /** Moves those to the front that go the same way as the row. Returns where the rest begins. */
  #together(
    steps: Steps,
    step: number,
    feature: number,
    holdsOwn: boolean,
    from: number,
    to: number,
  ): number {
    const [background, others] = [this.#background, this.#others];
    let end = from;
    for (let i = from; i < to; i++) {
      const other = others[i]!;
      if (holds(steps, step, background[other + feature]!) !== holdsOwn) continue;
      others[i] = others[end]!;
      others[end++] = other;
    }
    return end;
  }

  #leaf(value: number, phi: Float64Array, at: number): void {
    const [p, m] = [this.#ownCount, this.#theirCount];
    if (p > 0) {
      const share = value * weight(p, m);
      for (let i = 0; i < p; i++) phi[at + this.#own[i]!]! += share;
    }
    if (m > 0) {
      const share = value * weight(m, p);
      for (let i = 0; i < m; i++) phi[at + this.#theirs[i]!]! -= share;
    }
  }
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
