import { ByteSink } from './byte-sink.ts';
import { isNothing, type Plan, type RecordPlan } from './carry-plan.ts';
import { Cursor } from './cursor.ts';
import { floatOf, rescaled } from './exact.ts';
import type { DecodePlan } from './decode-plan.ts';
import { PlanReader } from './plan-reader.ts';
import {
  BLOCK,
  BRANCH,
  COUNT,
  DEEP,
  EMPTY,
  fail,
  GROWN,
  MAX_DEPTH,
  MAX_EMPTY,
  MAX_REWRITTEN,
  SYMBOL,
  UNRESOLVED,
} from './read-error.ts';

export type Rewrite = (bytes: Buffer) => Buffer;

/** How deep records may nest without a union, array or map between them; limited by the stack. */
const MAX_NESTED = 1000;

/**
 * The function that a plan makes from the bytes of a carried value. It throws a WalkError for a
 * value that the reader's type cannot have.
 */
export function rewriteBy(plan: Plan): Rewrite {
  const rewriter = new CarryRewriter();
  return (bytes) => rewriter.rewrite(plan, bytes);
}

/**
 * Reads a value once, from front to back, and writes it as the reader's type. The number of bytes
 * that it writes and counts is limited.
 */
class CarryRewriter extends Cursor {
  readonly #sink = new ByteSink(MAX_REWRITTEN, () => fail(GROWN));
  readonly #planReader = new PlanReader([], []);
  #depth = 0;
  #nested = 0;
  #empty = 0;

  rewrite(plan: Plan, bytes: Buffer): Buffer {
    this.open(bytes, 0, bytes.length);
    this.#sink.cut();
    this.#depth = 0;
    this.#nested = 0;
    this.#empty = MAX_EMPTY;
    this.#run(plan);
    return this.#sink.take();
  }

  #run(plan: Plan): void {
    const sink = this.#sink;
    switch (plan.do) {
      case 'nothing':
        return;
      case 'boolean': {
        this.#copy(this.take(1));
        return;
      }
      case 'float': {
        this.#copy(this.take(4));
        return;
      }
      case 'double': {
        this.#copy(this.take(8));
        return;
      }
      case 'fixed': {
        this.#copy(this.take(plan.bytes));
        return;
      }
      case 'int': {
        this.#copy(this.skipInt());
        return;
      }
      case 'long': {
        const start = this.at;
        this.skipVarint();
        this.#copy(start);
        return;
      }
      case 'sized': {
        const start = this.at;
        const length = this.length();
        if (plan.text) this.takeText(length);
        else this.take(length);
        this.#copy(start);
        return;
      }
      case 'promote': {
        this.#promote(plan.from, plan.to);
        return;
      }
      case 'time': {
        const time = rescaled(this.int64(), plan.factor);
        if (time === undefined || (plan.to === 'int' && BigInt.asIntN(32, time) !== time))
          fail(UNRESOLVED);
        sink.long(time);
        return;
      }
      case 'enum': {
        const symbol = plan.symbols[this.long()];
        if (symbol === undefined) fail(SYMBOL);
        if (symbol === -1) fail(UNRESOLVED);
        sink.long(symbol);
        return;
      }
      case 'union': {
        const branch = plan.branches[this.long()];
        if (branch === undefined) fail(BRANCH);
        this.#deeper(branch);
        return;
      }
      case 'branch': {
        sink.long(plan.index);
        this.#run(plan.value);
        return;
      }
      case 'array': {
        this.#blocks(plan.item, false);
        return;
      }
      case 'map': {
        this.#blocks(plan.item, true);
        return;
      }
      case 'record': {
        this.#record(plan);
        return;
      }
      case 'never':
        return fail(UNRESOLVED);
    }
  }

  #copy(start: number): void {
    this.#sink.copy(this.bytes, start, this.at);
  }

  #deeper(plan: Plan): void {
    if (++this.#depth > MAX_DEPTH) fail(DEEP);
    this.#run(plan);
    this.#depth--;
  }

  #promote(from: 'int' | 'long' | 'float', to: 'float' | 'double'): void {
    if (from === 'float') this.#sink.double(this.bytes.readFloatLE(this.take(4)));
    else if (to === 'double') this.#sink.double(this.long());
    else this.#sink.float(floatOf(this.int64()));
  }

  #blocks(item: Plan, keys: boolean): void {
    for (let count = this.long(); count !== 0; count = this.long()) {
      let end = -1;
      if (count < 0) {
        count = -count;
        const size = this.length();
        end = this.take(size) + size;
        this.at = end - size;
      }
      if (!keys && isNothing(item)) {
        if ((this.#empty -= count) < 0) fail(EMPTY);
        this.#sink.long(count);
      } else {
        if (keys && count > this.end - this.at) fail(COUNT);
        this.#sink.long(count);
        for (let i = 0; i < count; i++) this.#entry(item, keys);
      }
      if (end >= 0 && this.at !== end) fail(BLOCK);
    }
    this.#sink.byte(0);
  }

  #entry(item: Plan, keys: boolean): void {
    const before = this.at;
    if (keys) {
      this.takeText(this.length());
      this.#copy(before);
    }
    this.#deeper(item);
    if (this.at === before && --this.#empty < 0) fail(EMPTY);
  }

  #record({ parts, order }: RecordPlan): void {
    if (++this.#nested > MAX_NESTED) fail(DEEP);
    const ends = order === null ? undefined : [this.#sink.length];
    for (const part of parts) {
      if ('plan' in part) this.#run(part.plan);
      else if ('bytes' in part) this.#sink.raw(part.bytes);
      else this.#skip(part.skip);
      ends?.push(this.#sink.length);
    }
    if (ends !== undefined) this.#sink.reorder(ends, order!);
    this.#nested--;
  }

  #skip(skipPlan: DecodePlan): void {
    const end = this.#planReader.endOf(skipPlan, this.bytes, this.at);
    if (typeof end === 'object') fail(end);
    this.at = end;
  }
}
