import type { Typed, EventField } from '../cel/typed.ts';
import { partsOf } from '../cel/typed.ts';
import type { Expressions } from '../columns/evaluator.ts';
import type { Rows } from '../columns/rows.ts';
import { TRUE, type Bools } from '../columns/vector.ts';
import { cluesOf, type Alternatives, type Clue } from './clues.ts';
import { MAX_SEGMENTS, Sift } from './sift.ts';

/** In nanoseconds: what it costs to look for a clue in a row, and to evaluate all rules for one. */
const COST = { text: 3, atLeast: 1, atMost: 1, segment: 1, column: 5 } as const;
const RULES_COST = 150;

/** After so many batches the clues are chosen again, because events change. */
const CHOSEN_FOR = 1000;
/** So many batches are evaluated as a whole after one in which most rows had a clue. */
const REST = 32;

export interface RareOptions {
  readonly fields: readonly EventField[];
  readonly segments: readonly { readonly name: string; readonly condition: Typed }[];
  readonly rules: readonly { readonly condition: Typed }[];
  /** Whether the key of each row is on a list. */
  readonly lists: readonly ((batch: Rows) => Bools)[];
  /** Evaluate what there is no clue for. */
  readonly expressions: Expressions;
}

/** The rows that have to be evaluated, and the segments of all rows. */
export interface RareFound {
  readonly rows: Int32Array;
  readonly segmentOf: Uint16Array;
}

/**
 * Finds the few rows of a batch for which a rule or a list may hold or fail, by clues that are cheap
 * to look for. Most conditions have several; which of them is the rarest is counted in a batch now and then.
 */
export class RareRows {
  readonly #options: RareOptions;
  readonly #conditions: readonly Alternatives[];
  #sift: Sift | null = null;
  #known: readonly ((batch: Rows) => Bools)[] = [];
  /** The clues of the sift, by what evaluates them. */
  #chosen: readonly unknown[] | undefined;
  #batchesLeft = 0;
  #rest = 0;
  #rows = new Int32Array(1);

  constructor(options: RareOptions) {
    this.#options = options;
    const names = options.segments.map(({ name }) => name);
    this.#conditions = options.rules.map(({ condition }) => cluesOf(condition, names));
    if (names.length > MAX_SEGMENTS) this.#batchesLeft = Infinity;
  }

  /** Undefined if the columns have to evaluate all rows. `assign`: finds the segments of the batch. */
  find(batch: Rows, open: Uint8Array, assign: () => void): RareFound | undefined {
    if (this.#rest > 0) {
      this.#rest--;
      return undefined;
    }
    if (this.#batchesLeft-- === 0) {
      assign();
      this.#choose(batch);
      this.#batchesLeft = CHOSEN_FOR;
    }
    const sift = this.#sift;
    if (sift === null) return undefined;
    const { rows } = batch;
    const truths = this.#known.map((truth) => truth(batch));
    const lists = this.#options.lists.map((truth) => truth(batch).values);
    for (let i = 0; i < sift.ofSegments; i++) if (truths[i]!.some > TRUE) return undefined;
    if (this.#rows.length <= rows) this.#rows = new Int32Array(rows + 1);
    const known = truths.map(({ values }) => values);
    const into = { rows: this.#rows, segmentOf: new Uint16Array(rows) };
    const count = sift.walk(batch, open, { known, lists }, into);
    if (2 * count > rows) {
      this.#rest = REST;
      this.#batchesLeft = 0;
    }
    if (count === -1 || 2 * count > rows) return undefined;
    return { rows: this.#rows.subarray(0, count), segmentOf: into.segmentOf };
  }

  /** The alternatives that cost least in this batch. */
  #choose(batch: Rows): void {
    const { expressions, fields, lists, segments } = this.#options;
    const chosen = new Map<unknown, Clue>();
    for (const alternatives of this.#conditions) {
      let least = Infinity;
      let best: readonly Clue[] | undefined;
      for (const clues of alternatives) {
        let cost = 0;
        for (const clue of clues) {
          if (clue.is === 'column' && readsSegment(clue.node)) cost = Infinity;
          const truth = expressions.truth(clue.node);
          cost +=
            RULES_COST * share(truth(batch), batch.rows) + (chosen.has(truth) ? 0 : COST[clue.is]);
        }
        if (cost < least) [least, best] = [cost, clues];
      }
      // The segments are not known before.
      if (best === undefined) {
        this.#sift = null;
        this.#chosen = undefined;
        return;
      }
      for (const clue of best) {
        const key = expressions.truth(clue.node);
        chosen.set(key, wider(chosen.get(key), clue));
      }
    }
    const conditions = segments.map(({ condition }) => condition);
    const keys = [...chosen.keys()];
    if (keys.length === this.#chosen?.length && keys.every((key, i) => key === this.#chosen![i]))
      return;
    this.#chosen = keys;
    this.#sift = Sift.of(fields, conditions, [...chosen.values()], lists.length);
    this.#known = (this.#sift?.known ?? []).map((node) => expressions.truth(node));
  }
}

/** Of two clues of the same part, where one condition asks has() before, that of the other one. */
const wider = (known: Clue | undefined, clue: Clue): Clue =>
  known !== undefined && 'guarded' in known && !known.guarded ? known : clue;

/** The share of the rows that a part holds or fails for. */
function share({ values, some }: Bools, rows: number): number {
  if (some === 0) return 0;
  let count = 0;
  for (let row = 0; row < rows; row++) count += +(values[row] !== 0);
  return count / rows;
}

function readsSegment(node: Typed): boolean {
  return node.is === 'segment' || partsOf(node).some(readsSegment);
}
