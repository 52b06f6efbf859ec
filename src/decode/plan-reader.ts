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
import { BlockReader } from './block-reader.ts';
import { characters } from './cursor.ts';
import { readDecimal } from './decimal.ts';
import { floatOf, rescaled, rescaledSafe } from './exact.ts';
import type { DecodePlan, Step } from './decode-plan.ts';
import {
  BRANCH,
  DEEP,
  fail,
  isWalkError,
  MAX_DEPTH,
  MAX_EMPTY,
  SYMBOL,
  TRAILING,
  type ReadError,
} from './read-error.ts';

/**
 * Runs plans over values and fills one row of the columns each time. Every read is checked
 * against the end of the value, and every count against the bytes left, so that no input makes it
 * loop, allocate or throw more than its size.
 */
export class PlanReader extends BlockReader {
  readonly #columns: readonly Column[];
  readonly #carried: readonly CarriedField[];
  /** The cell that is filled: the row, or a cell of it while a vector is read. */
  #row = 0;
  #depth = 0;

  constructor(columns: readonly Column[], carried: readonly CarriedField[]) {
    super();
    this.#columns = columns;
    this.#carried = carried;
  }

  /** Walks bytes[start, end) into `row`; answers what is wrong with them, or undefined. */
  walk(
    plan: DecodePlan,
    bytes: Buffer,
    start: number,
    end: number,
    row: number,
  ): ReadError | undefined {
    this.#row = row;
    this.#depth = 0;
    this.empty = MAX_EMPTY;
    this.open(bytes, start, end);
    try {
      this.#run(plan.steps);
      return this.at === this.end ? undefined : TRAILING;
    } catch (thrown) {
      if (isWalkError(thrown)) return thrown;
      throw thrown;
    }
  }

  /**
   * Where the value that begins at `start` ends, by a plan that only skips; or what is wrong
   * with it.
   */
  endOf(plan: DecodePlan, bytes: Buffer, start: number): number | ReadError {
    const error = this.walk(plan, bytes, start, bytes.length, 0);
    return error === undefined || error === TRAILING ? this.at : error;
  }

  #run(steps: readonly Step[]): void {
    for (let i = 0; i < steps.length; i++) this.#step(steps[i]!);
  }

  #step(step: Step): void {
    switch (step.do) {
      case 'read-double':
        this.#number(step.slot, this.view.getFloat64(this.base + this.take(8), true));
        return;
      case 'fixed':
        this.take(step.bytes);
        return;
      case 'length':
        this.take(this.length());
        return;
      case 'varint':
        this.skipVarint();
        return;
      case 'text':
        this.takeText(this.length());
        return;
      case 'int':
        this.skipInt();
        return;
      case 'read-long':
        this.#number(step.slot, this.long());
        return;
      case 'read-float':
        this.#number(step.slot, this.view.getFloat32(this.base + this.take(4), true));
        return;
      case 'read-boolean':
        this.#number(step.slot, this.bytes[this.take(1)] === 0 ? 0 : 1);
        return;
      case 'read-text': {
        const start = this.take(this.length());
        this.#text(step.slot, this.textFrom(start));
        return;
      }
      case 'read-symbol': {
        const symbol = step.symbols[this.long()];
        if (symbol === undefined) fail(SYMBOL);
        if (symbol === null) this.#mark(step.slot, MISMATCH);
        else this.#text(step.slot, symbol);
        return;
      }
      case 'enum': {
        const index = this.long();
        if (index < 0 || index >= step.symbols) fail(SYMBOL);
        return;
      }
      case 'mark':
        this.#mark(step.slot, step.state);
        return;
      case 'mark-element':
        this.#columns[step.slot]!.state[this.#row * step.width] = step.state;
        return;
      case 'union': {
        const branch = step.branches[this.long()];
        if (branch === undefined) fail(BRANCH);
        this.call(branch);
        return;
      }
      case 'array':
        this.count(step.item, 0);
        return;
      case 'map':
        this.count(step.item, 1);
        return;
      case 'read-scaled':
        this.#scaled(step.slot, step.factor);
        return;
      case 'read-rounded':
        this.#number(step.slot, floatOf(this.int64()));
        return;
      case 'read-int64':
        this.#int64(step.slot, step.factor);
        return;
      case 'read-decimal': {
        const length = step.size ?? this.length();
        const start = this.take(length);
        if (length === 0) this.#columns[step.slot]!.state[this.#row] = MISMATCH;
        else this.#number(step.slot, readDecimal(this.bytes, start, start + length, step.scale));
        return;
      }
      case 'read-latin1': {
        const length = step.size ?? this.length();
        const start = this.take(length);
        this.#text(step.slot, this.bytes.toString('latin1', start, start + length));
        return;
      }
      case 'read-size': {
        const length = this.length();
        this.take(length);
        this.#number(step.slot, length);
        return;
      }
      case 'read-characters': {
        const length = this.length();
        this.#number(step.slot, characters(this.bytes, this.takeText(length), this.at));
        return;
      }
      case 'walk':
        this.every(step.item, step.keys);
        return;
      case 'fail':
        fail(step.error);
        return;
      case 'read-count':
        this.#number(step.slot, this.count(step.item, step.keys));
        return;
      case 'read-vector':
        this.#elements(step.slot, step.size, 1, step.item, step.rest);
        return;
      case 'read-rows':
        this.#elements(step.slot, step.size, step.width, step.item, step.rest);
        return;
      case 'cell': {
        const row = this.#row;
        this.#row = row * step.width + step.offset;
        this.#run(step.plan.steps);
        this.#row = row;
        return;
      }
      case 'elements':
        this.elements(step.item, step.wanted);
        return;
      case 'entries':
        this.entries(step);
        return;
      case 'again': {
        const start = this.at;
        this.#run(step.plan.steps);
        this.at = start;
        return;
      }
      case 'call':
        this.call(step.plan);
        return;
      case 'default':
        this.#default(step.plan, step.bytes);
        return;
      case 'carry-start':
        this.#carried[step.slot]!.start[this.#row] = this.at;
        return;
      case 'carry-end':
        this.#carryEnd(step.slot, step.rewrite);
        return;
      case 'carry-bytes': {
        const carried = this.#carried[step.slot]!;
        carried.start[this.#row] = -1;
        carried.other[this.#row] = step.bytes;
      }
    }
  }

  #number(slot: number, value: number): void {
    const column = this.#columns[slot] as NumberColumn;
    column.values[this.#row] = value;
    column.state[this.#row] = VALUE;
  }

  /**
   * A time in the reader's unit, rounded down as where it is carried; one that is no long then is
   * none.
   */
  #scaled(slot: number, factor: number): void {
    const start = this.at;
    const near = rescaledSafe(this.long(), factor);
    if (near !== undefined) {
      this.#number(slot, near);
      return;
    }
    this.at = start;
    const value = rescaled(this.int64(), factor);
    if (value === undefined) this.#columns[slot]!.state[this.#row] = MISMATCH;
    else this.#number(slot, Number(value));
  }

  #int64(slot: number, factor: number): void {
    const column = this.#columns[slot] as LongColumn;
    const value = factor === 1 ? this.int64() : rescaled(this.int64(), factor);
    if (value === undefined) {
      column.state[this.#row] = MISMATCH;
      return;
    }
    column.values[this.#row] = value;
    column.state[this.#row] = VALUE;
  }

  #text(slot: number, value: string): void {
    const column = this.#columns[slot] as TextColumn;
    column.values[this.#row] = value;
    column.state[this.#row] = VALUE;
  }

  #mark(slot: number, state: number): void {
    const column = this.#columns[slot]!;
    if (column.width === 1) column.state[this.#row] = state;
    else column.state.fill(state, this.#row * column.width, (this.#row + 1) * column.width);
  }

  protected override call(plan: DecodePlan): void {
    if (++this.#depth > MAX_DEPTH) fail(DEEP);
    this.#run(plan.steps);
    this.#depth--;
  }

  /**
   * Reads an array's elements into `width` cells each; what is above `size` elements is too many.
   */
  #elements(slot: number, size: number, width: number, item: DecodePlan, rest: DecodePlan): void {
    const row = this.#row;
    let total = 0;
    for (let count = this.block(rest, 0); count > 0; count = this.block(rest, 0)) {
      const end = this.blockEnd;
      const taken = Math.min(count, Math.max(size - total, 0));
      for (let i = 0; i < taken; i++) {
        this.#row = row * size + total + i;
        this.call(item);
      }
      total += count;
      this.finish(rest, count - taken, end);
    }
    this.#row = row;
    if (total <= size) return;
    const { state, values } = this.#columns[slot] as NumberColumn;
    state[row * size * width] = TOO_MANY;
    values[row * size * width] = 0;
  }

  #default(plan: DecodePlan, bytes: Buffer): void {
    const [outer, at, end] = [this.bytes, this.at, this.end];
    this.open(bytes, 0, bytes.length);
    this.#run(plan.steps);
    this.open(outer, at, end);
  }

  #carryEnd(slot: number, rewrite: ((bytes: Buffer) => Buffer) | null): void {
    const carried = this.#carried[slot]!;
    const start = carried.start[this.#row]!;
    carried.end[this.#row] = this.at;
    carried.other[this.#row] = undefined;
    if (rewrite === null) return;
    carried.other[this.#row] = rewrite(this.bytes.subarray(start, this.at));
    carried.start[this.#row] = -1;
  }
}
