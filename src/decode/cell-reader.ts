import {
  MISMATCH,
  TOO_MANY,
  VALUE,
  type CarriedField,
  type Column,
  type LongColumn,
  type NumberColumn,
  type TextColumn,
} from '../flow/events.ts';
import { halvesOf } from '../flow/halves.ts';
import type { Utf8Column } from '../flow/utf8-column.ts';
import { hashBytes } from '../flow/text-hash.ts';
import { BlockReader } from './block-reader.ts';
import { rescaled, rescaledSafe } from './exact.ts';

/**
 * Fills one cell of the columns at a time. Columns are named by their slots. It is a base class and
 * not a separate object, because every value of every record goes through it.
 */
export abstract class CellReader extends BlockReader {
  readonly #columns: readonly Column[];
  /** Of the columns of longs: their values as pairs of 32 bits. */
  readonly #halves: readonly (Int32Array | undefined)[];
  readonly #carried: readonly CarriedField[];
  /** The cell to fill: the row, or a cell of it while a vector is read. */
  protected row = 0;

  constructor(columns: readonly Column[], carried: readonly CarriedField[]) {
    super();
    this.#columns = columns;
    this.#halves = columns.map((column) =>
      column.as === 'long' ? halvesOf(column.values) : undefined,
    );
    this.#carried = carried;
  }

  protected fillNumber(slot: number, value: number): void {
    const column = this.#columns[slot] as NumberColumn;
    column.values[this.row] = value;
    column.state[this.row] = VALUE;
  }

  protected fillText(slot: number, value: string): void {
    const column = this.#columns[slot] as TextColumn;
    column.values[this.row] = value;
    column.state[this.row] = VALUE;
  }

  /** The string from `start` to the cursor, as its bytes. */
  protected fillUtf8(slot: number, start: number): void {
    const { state, places, blocks } = this.#columns[slot] as Utf8Column;
    if (blocks[blocks.length - 1] !== this.bytes) blocks.push(this.bytes);
    const place = 4 * this.row;
    places[place] = blocks.length - 1;
    places[place + 1] = start;
    places[place + 2] = this.at;
    places[place + 3] = hashBytes(this.view, this.base + start, this.base + this.at);
    state[this.row] = VALUE;
  }

  /** Reads a long that keeps all its digits. Returns the nearest double. */
  protected fillLong(slot: number): number {
    const column = this.#columns[slot] as LongColumn;
    const start = this.at;
    const near = this.long();
    column.state[this.row] = VALUE;
    if (!Number.isSafeInteger(near)) {
      this.at = start;
      column.values[this.row] = this.int64();
      return near;
    }
    // The two halves are numbers, so no BigInt is made.
    const halves = this.#halves[slot]!;
    halves[2 * this.row] = near;
    halves[2 * this.row + 1] = Math.floor(near / 2 ** 32);
    return near;
  }

  /** The same in another unit. Without a value if it does not fit a long. */
  protected fillRescaled(slot: number, factor: number): void {
    const column = this.#columns[slot] as LongColumn;
    const value = rescaled(this.int64(), factor);
    if (value === undefined) {
      column.state[this.row] = MISMATCH;
      return;
    }
    column.values[this.row] = value;
    column.state[this.row] = VALUE;
  }

  /**
   * Reads a time in the reader's unit, rounded down as for a carried field. Without a value if it
   * does not fit a long.
   */
  protected readScaled(slot: number, factor: number): void {
    const start = this.at;
    const near = rescaledSafe(this.long(), factor);
    if (near !== undefined) {
      this.fillNumber(slot, near);
      return;
    }
    this.at = start;
    const value = rescaled(this.int64(), factor);
    if (value === undefined) this.#columns[slot]!.state[this.row] = MISMATCH;
    else this.fillNumber(slot, Number(value));
  }

  /** Marks every cell of a row in the column. */
  protected markRow(slot: number, state: number): void {
    const column = this.#columns[slot]!;
    if (column.width === 1) column.state[this.row] = state;
    else column.state.fill(state, this.row * column.width, (this.row + 1) * column.width);
  }

  /** Marks one cell, by its number in the column. */
  protected markCell(slot: number, cell: number, state: number): void {
    this.#columns[slot]!.state[cell] = state;
  }

  /** Marks in the first cell of a vector that it has more elements than the column has cells. */
  protected markTooMany(slot: number, cell: number): void {
    const { state, values } = this.#columns[slot] as NumberColumn;
    state[cell] = TOO_MANY;
    values[cell] = 0;
  }

  protected beginCarried(slot: number): void {
    this.#carried[slot]!.start[this.row] = this.at;
  }

  /** `rewrite`: the bytes that replace those from the start to here; null to keep them. */
  protected endCarried(slot: number, rewrite: ((bytes: Buffer) => Buffer) | null): void {
    const carried = this.#carried[slot]!;
    const start = carried.start[this.row]!;
    carried.end[this.row] = this.at;
    carried.other[this.row] = undefined;
    if (rewrite === null) return;
    carried.other[this.row] = rewrite(this.bytes.subarray(start, this.at));
    carried.start[this.row] = -1;
  }

  /** Bytes that are not in the value. */
  protected carryBytes(slot: number, bytes: Buffer): void {
    const carried = this.#carried[slot]!;
    carried.start[this.row] = -1;
    carried.other[this.row] = bytes;
  }
}
