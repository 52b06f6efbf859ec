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
import { putHash } from '../flow/text-hash.ts';
import { BlockReader } from './block-reader.ts';
import { rescaled, rescaledSafe } from './exact.ts';

/**
 * Fills one cell of the columns at a time. Columns are named by their slots. It is a base class and
 * not a separate object, because every value of every record goes through it.
 */
export abstract class CellReader extends BlockReader {
  readonly #columns: readonly Column[];
  /** Parts of the columns by slot, for a walk that is generated. Of another column: undefined. */
  protected readonly states: readonly Uint8Array[];
  protected readonly numbers: readonly (Float64Array | undefined)[];
  protected readonly places: readonly (Int32Array | undefined)[];
  /** Of the columns of longs: their values as pairs of 32 bits. */
  protected readonly halves: readonly (Int32Array | undefined)[];
  /** Of the columns of numbers, longs and texts as bytes: their values, of any kind. */
  protected readonly values: readonly (ArrayBufferView | undefined)[];
  /** All columns at once, where they lie in one buffer (see `emptyColumns`). */
  protected readonly cells: Cells | undefined;
  /** Where the texts of all columns lie (see `emptyColumns`). */
  readonly #blocks: Buffer[];
  protected readonly carried: readonly CarriedField[];
  /** The cell to fill: the row, or a cell of it while a vector is read. */
  protected row = 0;

  constructor(columns: readonly Column[], carried: readonly CarriedField[]) {
    super();
    this.#columns = columns;
    this.states = columns.map(({ state }) => state);
    this.numbers = columns.map((column) => (column.as === 'number' ? column.values : undefined));
    this.places = columns.map((column) => (column.as === 'utf8' ? column.places : undefined));
    this.halves = columns.map((column) =>
      column.as === 'long' ? halvesOf(column.values) : undefined,
    );
    this.values = columns.map((_, i) => this.numbers[i] ?? this.places[i] ?? this.halves[i]);
    this.cells = cellsOf([...this.states, ...this.values.filter((one) => one !== undefined)]);
    this.#blocks = columns.find((column) => column.as === 'utf8')?.blocks ?? [];
    this.carried = carried;
  }

  /** The place of these bytes among the blocks. */
  protected blockOf(bytes: Buffer): number {
    const blocks = this.#blocks;
    return blocks[blocks.length - 1] === bytes ? blocks.length - 1 : blocks.push(bytes) - 1;
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

  /** The text of bytes [start, end), which have to be UTF-8. */
  protected fillUtf8(slot: number, start: number, end: number): void {
    const { base, row } = this;
    const places = this.places[slot]!;
    const place = 4 * row;
    if (!putHash(this.view, base + start, base + end, places, place + 3))
      this.checkUtf8(start, end);
    places[place] = this.blockOf(this.bytes);
    places[place + 1] = start;
    places[place + 2] = end;
    this.states[slot]![row] = VALUE;
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
    const halves = this.halves[slot]!;
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
    this.carried[slot]!.start[this.row] = this.at;
  }

  /** `rewrite`: the bytes that replace those from the start to here; null to keep them. */
  protected endCarried(slot: number, rewrite: ((bytes: Buffer) => Buffer) | null): void {
    const carried = this.carried[slot]!;
    const start = carried.start[this.row]!;
    carried.end[this.row] = this.at;
    carried.other[this.row] = undefined;
    if (rewrite === null) return;
    carried.other[this.row] = rewrite(this.bytes.subarray(start, this.at));
    carried.start[this.row] = -1;
  }

  /** Bytes that are not in the value. */
  protected carryBytes(slot: number, bytes: Buffer): void {
    const carried = this.carried[slot]!;
    carried.start[this.row] = -1;
    carried.other[this.row] = bytes;
  }
}

/** The bytes of all columns as numbers of each size. */
interface Cells {
  readonly states: Uint8Array;
  readonly words: Int32Array;
  readonly doubles: Float64Array;
}

function cellsOf(parts: readonly ArrayBufferView[]): Cells | undefined {
  const buffer = parts[0]?.buffer;
  if (buffer === undefined || parts.some((part) => part.buffer !== buffer)) return undefined;
  const { byteLength } = buffer;
  return {
    states: new Uint8Array(buffer),
    words: new Int32Array(buffer, 0, Math.floor(byteLength / 4)),
    doubles: new Float64Array(buffer, 0, Math.floor(byteLength / 8)),
  };
}
