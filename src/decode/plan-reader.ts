import { MISMATCH } from '../flow/events.ts';
import { CellReader } from './cell-reader.ts';
import { characters } from './cursor.ts';
import {
  AGAIN,
  BOTH,
  CALL,
  DOUBLE,
  FIXED,
  INT64,
  LENGTH,
  LONG,
  MARK,
  opsOf,
  TEXT,
  UNION,
  UTF8,
  VARINT,
} from './plan-ops.ts';
import { readDecimal } from './decimal.ts';
import { floatOf } from './exact.ts';
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
 * Runs plans over values. Each run fills one row of the columns. Every read is checked against the
 * end of the value, and every count against the remaining bytes, so no input can make it loop,
 * allocate or throw more than its size.
 */
export class PlanReader extends CellReader {
  #depth = 0;

  /** Walks over bytes[start, end) and fills `row`. Returns the problem, or undefined. */
  walk(
    plan: DecodePlan,
    bytes: Buffer,
    start: number,
    end: number,
    row: number,
  ): ReadError | undefined {
    this.row = row;
    this.#depth = 0;
    this.empty = MAX_EMPTY;
    this.open(bytes, start, end);
    try {
      this.#run(plan);
      return this.at === this.end ? undefined : TRAILING;
    } catch (thrown) {
      if (isWalkError(thrown)) return thrown;
      throw thrown;
    }
  }

  /** The end of the value that begins at `start`, with a plan that only skips; or the problem. */
  endOf(plan: DecodePlan, bytes: Buffer, start: number): number | ReadError {
    const error = this.walk(plan, bytes, start, bytes.length, 0);
    return error === undefined || error === TRAILING ? this.at : error;
  }

  #run(plan: DecodePlan): void {
    const ops = plan.ops ?? opsOf(plan);
    for (let i = 0; i < ops.length; i++) {
      const op = ops[i]!;
      switch (op.code) {
        case FIXED:
          this.take(op.count);
          break;
        case LENGTH:
          this.take(this.length());
          break;
        case VARINT:
          this.skipVarint();
          break;
        case TEXT:
          this.takeText(this.length());
          break;
        case DOUBLE:
          this.fillNumber(op.slot, this.view.getFloat64(this.base + this.take(8), true));
          break;
        case LONG:
          this.fillNumber(op.slot, this.long());
          break;
        case UTF8:
          this.fillUtf8(op.slot, this.takeText(this.length()));
          break;
        case BOTH:
          this.fillNumber(op.slot, this.fillLong(op.exactly));
          break;
        case INT64:
          this.fillLong(op.slot);
          break;
        case MARK:
          this.markRow(op.slot, op.count);
          break;
        case UNION: {
          const branch = op.branches[this.long()];
          if (branch === undefined) fail(BRANCH);
          this.call(branch);
          break;
        }
        case AGAIN: {
          const start = this.at;
          this.#run(op.plan!);
          this.at = start;
          break;
        }
        case CALL:
          this.call(op.plan!);
          break;
        default:
          this.#step(op.step);
      }
    }
  }

  /** Steps that `#run` has no operation for. */
  #step(step: Step): void {
    switch (step.do) {
      case 'int':
        this.skipInt();
        return;
      case 'read-float':
        this.fillNumber(step.slot, this.view.getFloat32(this.base + this.take(4), true));
        return;
      case 'read-boolean':
        this.fillNumber(step.slot, this.bytes[this.take(1)] === 0 ? 0 : 1);
        return;
      case 'read-text': {
        const start = this.take(this.length());
        const text = step.texts.textOf(this.bytes, start, this.at) ?? this.textFrom(start);
        this.fillText(step.slot, text);
        return;
      }
      case 'read-utf8-symbol': {
        const symbol = step.symbols[this.long()];
        if (symbol === undefined) fail(SYMBOL);
        if (symbol === null) this.markRow(step.slot, MISMATCH);
        else this.#symbol(step.slot, symbol);
        return;
      }
      case 'read-symbol': {
        const symbol = step.symbols[this.long()];
        if (symbol === undefined) fail(SYMBOL);
        if (symbol === null) this.markRow(step.slot, MISMATCH);
        else this.fillText(step.slot, symbol);
        return;
      }
      case 'enum': {
        const index = this.long();
        if (index < 0 || index >= step.symbols) fail(SYMBOL);
        return;
      }
      case 'mark-element':
        this.markCell(step.slot, this.row * step.width, step.state);
        return;
      case 'array':
        this.count(step.item, 0);
        return;
      case 'map':
        this.count(step.item, 1);
        return;
      case 'read-scaled':
        this.readScaled(step.slot, step.factor);
        return;
      case 'read-rounded':
        this.fillNumber(step.slot, floatOf(this.int64()));
        return;
      case 'read-int64':
        this.fillRescaled(step.slot, step.factor);
        return;
      case 'read-decimal': {
        const length = step.size ?? this.length();
        const start = this.take(length);
        if (length === 0) this.markCell(step.slot, this.row, MISMATCH);
        else this.fillNumber(step.slot, readDecimal(this.bytes, start, start + length, step.scale));
        return;
      }
      case 'read-latin1': {
        const length = step.size ?? this.length();
        const start = this.take(length);
        this.fillText(step.slot, this.bytes.toString('latin1', start, start + length));
        return;
      }
      case 'read-size': {
        const length = this.length();
        this.take(length);
        this.fillNumber(step.slot, length);
        return;
      }
      case 'read-characters': {
        const length = this.length();
        this.fillNumber(step.slot, characters(this.bytes, this.takeText(length), this.at));
        return;
      }
      case 'walk':
        this.every(step.item, step.keys);
        return;
      case 'fail':
        fail(step.error);
        return;
      case 'read-count':
        this.fillNumber(step.slot, this.count(step.item, step.keys));
        return;
      case 'read-vector':
        this.#elements(step.slot, step.size, 1, step.item, step.rest);
        return;
      case 'read-rows':
        this.#elements(step.slot, step.size, step.width, step.item, step.rest);
        return;
      case 'cell': {
        const row = this.row;
        this.row = row * step.width + step.offset;
        this.#run(step.plan);
        this.row = row;
        return;
      }
      case 'elements':
        this.elements(step.item, step.wanted);
        return;
      case 'entries':
        this.entries(step);
        return;
      case 'default':
        this.#default(step.plan, step.bytes);
        return;
      case 'carry-start':
        this.beginCarried(step.slot);
        return;
      case 'carry-end':
        this.endCarried(step.slot, step.rewrite);
        return;
      case 'carry-bytes':
        this.carryBytes(step.slot, step.bytes);
        return;
      default: // the operations of `#run`
    }
  }

  protected override call(plan: DecodePlan): void {
    if (++this.#depth > MAX_DEPTH) fail(DEEP);
    this.#run(plan);
    this.#depth--;
  }

  /**
   * Reads the elements of an array into `width` cells each. More than `size` elements are too many.
   */
  #elements(slot: number, size: number, width: number, item: DecodePlan, rest: DecodePlan): void {
    const row = this.row;
    let total = 0;
    for (let count = this.block(rest, 0); count > 0; count = this.block(rest, 0)) {
      const end = this.blockEnd;
      const taken = Math.min(count, Math.max(size - total, 0));
      for (let i = 0; i < taken; i++) {
        this.row = row * size + total + i;
        this.call(item);
      }
      total += count;
      this.finish(rest, count - taken, end);
    }
    this.row = row;
    if (total > size) this.markTooMany(slot, row * size * width);
  }

  #default(plan: DecodePlan, bytes: Buffer): void {
    const [outer, at, end] = [this.bytes, this.at, this.end];
    this.open(bytes, 0, bytes.length);
    this.#run(plan);
    this.open(outer, at, end);
  }

  /** Bytes that are not in the value. */
  #symbol(slot: number, symbol: Buffer): void {
    const [outer, at, end] = [this.bytes, this.at, this.end];
    this.open(symbol, 0, symbol.length);
    this.fillUtf8(slot, this.take(symbol.length));
    this.open(outer, at, end);
  }
}
