import { VALUE, type CarriedField, type Column, type NumberColumn, type TextColumn } from '../flow/events.ts';
import type { Program, Step } from './program.ts';

export type WalkCode =
  'AVRO_TRUNCATED' | 'AVRO_TRAILING_BYTES' | 'AVRO_COUNT_TOO_LARGE' | 'AVRO_TOO_DEEP' | 'AVRO_INVALID';

/** Why a value cannot be walked. One object per code, without a stack: a topic full of them must stay cheap. */
export interface WalkError {
  readonly code: WalkCode;
  readonly message: string;
}

/** Deepest nesting of unions, arrays, maps and recursive records in one value. */
export const MAX_DEPTH = 64;

const error = (code: WalkCode, message: string): WalkError => ({ code, message });
const TRUNCATED = error('AVRO_TRUNCATED', 'the value ends inside a field');
const TRAILING = error('AVRO_TRAILING_BYTES', 'bytes are left after the last field');
const COUNT = error('AVRO_COUNT_TOO_LARGE', 'an array or map claims more entries than the bytes left can hold');
const DEEP = error('AVRO_TOO_DEEP', `the value nests more than ${MAX_DEPTH} levels deep`);
const VARINT = error('AVRO_INVALID', 'a number takes more than 10 bytes');
const LENGTH = error('AVRO_INVALID', 'a length is negative');
const BRANCH = error('AVRO_INVALID', 'a union names a branch that it does not have');
const SYMBOL = error('AVRO_INVALID', 'an enum names a symbol that it does not have');
const CARRIED = error('AVRO_INVALID', 'a carried value cannot be read with the latest schema of its subject');
const WALK_ERRORS: ReadonlySet<unknown> = new Set([
  TRUNCATED,
  TRAILING,
  COUNT,
  DEEP,
  VARINT,
  LENGTH,
  BRANCH,
  SYMBOL,
  CARRIED,
]);

function fail(reason: WalkError): never {
  throw reason; // eslint-disable-line @typescript-eslint/only-throw-error -- a shared object instead of an Error: no stack
}

/**
 * Runs programs over values and fills one row of the columns each time. Every read is checked against the end of the
 * value, and every count against the bytes left, so that no input makes it loop, allocate or throw more than its size.
 */
export class Walker {
  readonly #columns: readonly Column[];
  readonly #carried: readonly CarriedField[];
  #bytes: Buffer = Buffer.alloc(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  #base = 0;
  #at = 0;
  #end = 0;
  #row = 0;
  #depth = 0;

  constructor(columns: readonly Column[], carried: readonly CarriedField[]) {
    this.#columns = columns;
    this.#carried = carried;
  }

  /** Walks `bytes` from `start` to its end into `row`; answers what is wrong with it, or undefined. */
  walk(program: Program, bytes: Buffer, start: number, row: number): WalkError | undefined {
    this.#row = row;
    this.#depth = 0;
    this.#open(bytes, start);
    try {
      this.#run(program.steps);
      return this.#at === this.#end ? undefined : TRAILING;
    } catch (thrown) {
      if (WALK_ERRORS.has(thrown)) return thrown as WalkError;
      throw thrown;
    }
  }

  #open(bytes: Buffer, start: number): void {
    // Values are slices of one fetched buffer, so the view is nearly always the one that is there.
    if (this.#view.buffer !== bytes.buffer) this.#view = new DataView(bytes.buffer);
    this.#bytes = bytes;
    this.#base = bytes.byteOffset;
    this.#at = start;
    this.#end = bytes.length;
  }

  #run(steps: readonly Step[]): void {
    for (let i = 0; i < steps.length; i++) this.#step(steps[i]!);
  }

  #step(step: Step): void {
    switch (step.do) {
      case 'read-double':
        this.#number(step.slot, this.#view.getFloat64(this.#base + this.#take(8), true));
        return;
      case 'fixed':
        this.#take(step.bytes);
        return;
      case 'length':
        this.#take(this.#length());
        return;
      case 'varint':
        this.#skipVarint();
        return;
      case 'read-long':
        this.#number(step.slot, this.#long());
        return;
      case 'read-float':
        this.#number(step.slot, this.#view.getFloat32(this.#base + this.#take(4), true));
        return;
      case 'read-boolean':
        this.#number(step.slot, this.#bytes[this.#take(1)] === 0 ? 0 : 1);
        return;
      case 'read-text': {
        const length = this.#length();
        const start = this.#take(length);
        this.#text(step.slot, this.#bytes.toString('utf8', start, start + length));
        return;
      }
      case 'read-symbol': {
        const symbol = step.symbols[this.#long()];
        if (symbol === undefined) fail(SYMBOL);
        this.#text(step.slot, symbol);
        return;
      }
      case 'enum': {
        const index = this.#long();
        if (index < 0 || index >= step.symbols) fail(SYMBOL);
        return;
      }
      case 'mark':
        this.#columns[step.slot]!.state[this.#row] = step.state;
        return;
      case 'union': {
        const branch = step.branches[this.#long()];
        if (branch === undefined) fail(BRANCH);
        this.#call(branch);
        return;
      }
      case 'array':
        this.#blocks(step.item, 0);
        return;
      case 'map':
        this.#blocks(step.item, 1);
        return;
      case 'call':
        this.#call(step.program);
        return;
      case 'default':
        this.#default(step.program, step.bytes);
        return;
      case 'carry-start':
        this.#carried[step.slot]!.start[this.#row] = this.#at;
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

  #text(slot: number, value: string): void {
    const column = this.#columns[slot] as TextColumn;
    column.values[this.#row] = value;
    column.state[this.#row] = VALUE;
  }

  /** Moves over `count` bytes and answers where they began. */
  #take(count: number): number {
    const start = this.#at;
    if (count > this.#end - start) fail(TRUNCATED);
    this.#at = start + count;
    return start;
  }

  #length(): number {
    const length = this.#long();
    if (length < 0) fail(LENGTH);
    return length;
  }

  #call(program: Program): void {
    if (++this.#depth > MAX_DEPTH) fail(DEEP);
    this.#run(program.steps);
    this.#depth--;
  }

  /** An array's or a map's blocks; a map's entries have a key (`keys` 1) of at least one byte before each value. */
  #blocks(item: Program, keys: 0 | 1): void {
    const minBytes = item.minBytes + keys;
    for (;;) {
      let count = this.#long();
      if (count === 0) return;
      let size = -1;
      if (count < 0) {
        count = -count;
        size = this.#length();
      }
      if (count * minBytes > this.#end - this.#at) fail(COUNT);
      if (size >= 0) this.#take(size);
      // Entries without bytes (nulls, empty records) say nothing more; looping over a billion of them would be an attack.
      else if (minBytes > 0 || item.steps.length > 0) for (let i = 0; i < count; i++) this.#entry(item, keys);
    }
  }

  #entry(item: Program, keys: 0 | 1): void {
    if (keys === 1) this.#take(this.#length());
    this.#call(item);
  }

  #default(program: Program, bytes: Buffer): void {
    const [outer, at] = [this.#bytes, this.#at];
    this.#open(bytes, 0);
    this.#run(program.steps);
    this.#open(outer, at);
  }

  #carryEnd(slot: number, rewrite: ((bytes: Buffer) => Buffer) | null): void {
    const carried = this.#carried[slot]!;
    const start = carried.start[this.#row]!;
    carried.end[this.#row] = this.#at;
    carried.other[this.#row] = undefined;
    if (rewrite === null) return;
    try {
      carried.other[this.#row] = rewrite(this.#bytes.subarray(start, this.#at));
    } catch {
      fail(CARRIED); // skipped blocks, longs and symbols are only looked into here
    }
    carried.start[this.#row] = -1;
  }

  #skipVarint(): void {
    const bytes = this.#bytes;
    for (let i = 0; i < 10; i++) {
      if (this.#at >= this.#end) fail(TRUNCATED);
      if (bytes[this.#at++]! < 0x80) return;
    }
    fail(VARINT);
  }

  /** A zigzag varint. Beyond 2^53 the nearest double, as every number that becomes a feature is one. */
  #long(): number {
    const bytes = this.#bytes;
    let value = 0;
    let shift = 0;
    // Four bytes hold 28 bits and stay in the integer range of a JavaScript number's bit operations.
    for (; shift < 28; shift += 7) {
      if (this.#at >= this.#end) fail(TRUNCATED);
      const byte = bytes[this.#at++]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1);
    }
    // The lowest bit is the sign; without it, everything up to 2^53 fits a double exactly.
    let scale = 2 ** 27;
    let wide = value >>> 1;
    for (let i = 4; i < 10; i++) {
      if (this.#at >= this.#end) fail(TRUNCATED);
      const byte = bytes[this.#at++]!;
      wide += (byte & 0x7f) * scale;
      scale *= 128;
      if (byte < 0x80) return value & 1 ? -wide - 1 : wide;
    }
    fail(VARINT);
  }
}
