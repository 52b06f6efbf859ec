import type { Column } from '../../flow/events.ts';
import { halvesOf } from '../../flow/halves.ts';
import type { ProfileMarks } from '../../flow/profile-marks.ts';
import { Utf8Column } from '../../flow/utf8-column.ts';
import type { NamedSegments, PolicyBatch } from '../columns/policy-rows.ts';

/** Some rows of a batch as a batch of their own. Columns are copied when somebody asks for them. */
export class TakenBatch implements PolicyBatch {
  readonly rows: number;
  readonly scores: PolicyBatch['scores'];
  readonly segments: NamedSegments;
  readonly #of: PolicyBatch;
  readonly #rows: Int32Array;
  readonly #columns: (Column | undefined)[] = [];

  /** `rows`: their numbers in the batch that they are `of`. */
  constructor(of: PolicyBatch, rows: Int32Array) {
    const { score, models, modelOf } = of.scores;
    this.#of = of;
    this.#rows = rows;
    this.rows = rows.length;
    this.scores = {
      models,
      score: picked(score, rows, new Float64Array(rows.length)),
      modelOf: modelOf && picked(modelOf, rows, new Uint8Array(rows.length)),
    };
    this.segments = {
      vector: () => {
        const { values, state } = of.segments.vector(of.rows);
        return {
          is: 'string',
          values: Array.from(rows, (row) => values[row]!),
          state: state && picked(state, rows, new Uint8Array(rows.length)),
        };
      },
      places: () => {
        const { of: places, errors, names } = of.segments.places();
        return {
          of: places && picked(places, rows, new Uint16Array(rows.length)),
          errors: errors && picked(errors, rows, new Uint8Array(rows.length)),
          names,
        };
      },
    };
  }

  get marks(): ProfileMarks | undefined {
    const { marks } = this.#of;
    if (marks === undefined) return undefined;
    const { names, words, bits } = marks;
    const own = new Uint32Array(this.rows * words);
    for (const [i, row] of this.#rows.entries())
      own.set(bits.subarray(row * words, (row + 1) * words), i * words);
    return { names, words, bits: own };
  }

  column(slot: number): Column {
    return (this.#columns[slot] ??= taken(this.#of.column(slot), this.#rows));
  }
}

/** Rows of a column with one cell per row. */
function taken(column: Column, rows: Int32Array): Column {
  const state = picked(column.state, rows, new Uint8Array(rows.length));
  switch (column.as) {
    case 'number':
      return {
        ...column,
        state,
        values: picked(column.values, rows, new Float64Array(rows.length)),
      };
    case 'long':
      return { ...column, state, values: longs(column.values, rows) };
    case 'text':
      return { ...column, state, values: Array.from(rows, (row) => column.values[row]!) };
    case 'utf8': {
      const places = new Int32Array(4 * rows.length);
      for (let i = 0; i < places.length; i++)
        places[i] = column.places[4 * rows[i >> 2]! + (i & 3)]!;
      return new Utf8Column(state, places, column.blocks);
    }
  }
}

/** Quicker than `from()` with a function. */
function picked<T extends Uint8Array | Uint16Array | Float64Array>(
  values: T,
  rows: Int32Array,
  into: T,
): T {
  for (let i = 0; i < rows.length; i++) into[i] = values[rows[i]!]!;
  return into;
}

/** Without a BigInt for each of them. */
function longs(values: BigInt64Array, rows: Int32Array): BigInt64Array {
  const taken = new BigInt64Array(rows.length);
  const [from, into] = [halvesOf(values), halvesOf(taken)];
  for (let i = 0; i < into.length; i++) into[i] = from[2 * rows[i >> 1]! + (i & 1)]!;
  return taken;
}
