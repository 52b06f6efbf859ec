import { halvesOf } from '../../flow/halves.ts';
import type { Utf8Column } from '../../flow/utf8-column.ts';
import type { EventField, Typed } from '../cel/typed.ts';
import type { Rows } from '../columns/rows.ts';
import type { Clue } from './clues.ts';
import { SiftCode } from './sift-code.ts';
import { areTexts, type BitTable } from './text-bits.ts';

/** What a sift fills. */
export interface Sifted {
  /** The open rows with a clue, in their order. One longer than the batch. */
  readonly rows: Int32Array;
  /** The segment of each row: its place plus 1; 0: none. */
  readonly segmentOf: Uint16Array;
}

/** Returns how many rows have a clue; -1 if a row has something that only the columns can say. */
type Walk = (batch: Rows, open: Uint8Array, given: Given, into: Sifted) => number;

/** What was found out before, by row. `known`: what the columns say; `lists`: whether a list may have the key. */
interface Given {
  readonly known: readonly Uint8Array[];
  readonly lists: readonly Uint8Array[];
}

/**
 * Goes once over the rows of a batch, finds their segments, and lists those with a clue. It is one
 * function with a small loop and without calls: there, V8 finds out once per batch what an array is,
 * and once per access elsewhere. Nothing branches on a value.
 *
 * Nothing of a policy gets into the code but numbers: strings are in tables, by the place of
 * their field.
 */
export class Sift {
  /** What the columns evaluate before; the first ones are of segments, and must not have errors. */
  readonly known: readonly Typed[];
  readonly ofSegments: number;
  readonly #tables: ReadonlyMap<number, BitTable>;
  readonly #walk: Walk;

  private constructor(code: SiftCode, tables: ReadonlyMap<number, BitTable>) {
    this.known = code.known;
    this.ofSegments = code.ofSegments;
    this.#tables = tables;
    // eslint-disable-next-line typescript/no-implied-eval -- see above: numbers only
    const make = new Function('tables', 'first', 'halvesOf', code.source(tables)) as Make;
    this.#walk = make(tables, FIRST, halvesOf);
  }

  /** Null if there is no code for it, or the process may not generate code. */
  static of(
    fields: readonly EventField[],
    segments: readonly Typed[],
    clues: readonly Clue[],
    lists: number,
  ): Sift | null {
    const code = new SiftCode(fields, segments, clues, lists);
    const tables = new Map<number, BitTable>();
    for (const [slot, texts] of code.texts) {
      const table = texts.table();
      if (table === undefined) return null;
      tables.set(slot, table);
    }
    try {
      return new Sift(code, tables);
    } catch (error) {
      if (error instanceof EvalError) return null;
      throw error;
    }
  }

  /** See `Walk`. */
  walk(batch: Rows, open: Uint8Array, given: Given, into: Sifted): number {
    const found = this.#walk(batch, open, given, into);
    if (found === -1) return -1;
    for (const [slot, table] of this.#tables) {
      const column = batch.column(slot) as Utf8Column;
      if (!areTexts(table, column, batch.rows)) return -1;
    }
    return found;
  }
}

type Make = (
  tables: ReadonlyMap<number, BitTable>,
  first: Uint8Array,
  halves: typeof halvesOf,
) => Walk;

/** By so many segments at most, a table has the first one that holds. */
export const MAX_SEGMENTS = 8;

/** By the flags of all segments: the place of the first one that holds, plus 1; 0 for none. */
const FIRST = Uint8Array.from({ length: 1 << MAX_SEGMENTS }, (_, flags) =>
  flags === 0 ? 0 : 32 - Math.clz32(flags & -flags),
);
