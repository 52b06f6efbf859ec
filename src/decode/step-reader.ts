import { MISMATCH } from '../flow/events.ts';
import { CellReader } from './cell-reader.ts';
import { characters } from './cursor.ts';
import { readDecimal } from './decimal.ts';
import type { DecodePlan, Step } from './decode-plan.ts';
import { floatOf } from './exact.ts';
import { DEEP, fail, MAX_DEPTH, SYMBOL } from './read-error.ts';

/** Does one step of a plan at the cursor. */
export abstract class StepReader extends CellReader {
  protected depth = 0;

  protected abstract run(plan: DecodePlan): void;

  /** Steps that `run` has no operation for. */
  protected step(step: Step): void {
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
        this.run(step.plan);
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
      default: // the operations of `run`
    }
  }

  protected override call(plan: DecodePlan): void {
    if (++this.depth > MAX_DEPTH) fail(DEEP);
    this.run(plan);
    this.depth--;
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
    this.run(plan);
    this.open(outer, at, end);
  }

  /** Bytes that are not in the value. */
  #symbol(slot: number, symbol: Buffer): void {
    const [outer, at, end] = [this.bytes, this.at, this.end];
    this.open(symbol, 0, symbol.length);
    this.fillUtf8(slot, 0, symbol.length);
    this.open(outer, at, end);
  }
}
