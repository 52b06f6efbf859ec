import { putHash } from '../flow/text-hash.ts';
import type { DecodePlan, GeneratedWalk, PlanOp } from './decode-plan.ts';
import {
  AGAIN,
  BOTH,
  DOUBLE,
  FIXED,
  INT64,
  LENGTH,
  LONG,
  MARK,
  opsOf,
  UNION,
  UTF8,
  VARINT,
} from './plan-ops.ts';
import { fail, MAX_EMPTY, TRAILING, TRUNCATED } from './read-error.ts';

/**
 * A plan as one function. A loop over operations looks up for each field what to do, and where its
 * column is; that costs several times as much as to read a short value. Here both are constants.
 * Numbers of one to three bytes, short texts and branches of small unions are read in place. The
 * reader does everything else (`operate`), so the function needs to know nothing of it. Null if the
 * plan is too large, or the process may not generate code.
 *
 * Nothing of a schema gets into the code but numbers: slots, sizes and places of operations.
 */
export function generatedWalk(plan: DecodePlan): GeneratedWalk | null {
  const walk = new Walk();
  walk.add(opsOf(plan));
  try {
    return walk.made();
  } catch (error) {
    if (error instanceof EvalError) return null;
    throw error;
  }
}

/** V8 does not optimise a function that is much larger. */
const MAX_OPS = 300;
/** A union with more branches, or larger ones, is left to the reader. */
const MAX_BRANCHES = 4;
const MAX_BRANCH_STEPS = 8;

type Make = (...given: readonly unknown[]) => GeneratedWalk;

/** The code of a walk. Its names: `at` and `end` are the place and the end of the value. */
class Walk {
  readonly #lines: string[] = [];
  readonly #others: PlanOp[] = [];
  /** Parts of columns, each read from the reader once for all rows. */
  readonly #parts = new Map<string, string>();
  #ops = 0;

  add(ops: readonly PlanOp[]): void {
    for (const op of ops) this.#op(op);
  }

  made(): GeneratedWalk | null {
    if (this.#ops > MAX_OPS) return null;
    const code = `
      return function walk(reader, { records, schemas, starts }, row, last) {
        const { bytes, view, base, openBlock } = reader;
        const schema = schemas[row];
        const rows = records.length;
        let at = 0, end = 0, first = 0, size = 0, start = 0;
        ${[...this.#parts].map(([name, part]) => `const ${name} = ${part};`).join('\n')}
        for (; row < last; row++) {
          const record = records[row];
          if (schemas[row] !== schema || record.block !== bytes) break;
          reader.reading = reader.row = row;
          reader.empty = ${MAX_EMPTY};
          at = record.valueStart + starts[row];
          end = reader.end = record.valueEnd;
          ${this.#lines.join('\n')}
          if (at !== end) fail(TRAILING);
        }
        return row;
      }`;
    // eslint-disable-next-line typescript/no-implied-eval -- see `generatedWalk`: numbers only
    const make = new Function('others', 'putHash', 'fail', 'TRUNCATED', 'TRAILING', code) as Make;
    return make(this.#others, putHash, fail, TRUNCATED, TRAILING);
  }

  #op(op: PlanOp): void {
    this.#ops++;
    switch (op.code) {
      case FIXED:
        this.#lines.push(`at += ${op.count};`, INSIDE);
        break;
      case LENGTH:
        this.#short(op, 'at += 1 + (first >> 1);', INSIDE);
        break;
      case VARINT:
        this.#lines.push('if (at < end && bytes[at] < 0x80) at++; else {', this.#other(op), '}');
        break;
      case DOUBLE:
        this.#lines.push(
          'if (end - at < 8) fail(TRUNCATED);',
          ...this.#value('numbers', op.slot, 'view.getFloat64(base + at, true)'),
          'at += 8;',
        );
        break;
      case UTF8: {
        const places = this.#part('places', op.slot);
        this.#short(
          op,
          'start = at + 1; at = start + (first >> 1);',
          INSIDE,
          `if (!putHash(view, base + start, base + at, ${places}, 4 * row + 3)) reader.checkUtf8(start, at);`,
          `${places}[4 * row] = openBlock;`,
          `${places}[4 * row + 1] = start;`,
          `${places}[4 * row + 2] = at;`,
          `${this.#part('states', op.slot)}[row] = 0;`,
        );
        break;
      }
      case LONG:
        this.#number(op, this.#value('numbers', op.slot, 'first'));
        break;
      case INT64:
        this.#number(op, this.#long(op.slot));
        break;
      case BOTH:
        this.#number(op, [...this.#value('numbers', op.slot, 'first'), ...this.#long(op.exactly)]);
        break;
      case MARK: {
        const state = this.#part('states', op.slot);
        const one = `if (${state}.length === rows) ${state}[row] = ${op.count}; else {`;
        this.#lines.push(one, this.#other(op), '}');
        break;
      }
      case AGAIN: {
        const back = `back${this.#ops}`;
        this.#lines.push(`const ${back} = at;`);
        this.add(opsOf(op.plan!));
        this.#lines.push(`at = ${back};`);
        break;
      }
      case UNION:
        this.#union(op);
        break;
      default:
        this.#lines.push(this.#other(op));
    }
  }

  /** Code that has the reader do an operation. */
  #other(op: PlanOp): string {
    const place = this.#others.push(op) - 1;
    return `reader.at = at; reader.operate(others[${place}]); at = reader.at;`;
  }

  #part(name: 'states' | 'numbers' | 'places' | 'halves', slot: number): string {
    this.#parts.set(`${name}${slot}`, `reader.${name}[${slot}]`);
    return `${name}${slot}`;
  }

  #value(name: 'numbers' | 'halves', slot: number, value: string): string[] {
    return [
      `${this.#part(name, slot)}[row] = ${value};`,
      `${this.#part('states', slot)}[row] = 0;`,
    ];
  }

  /** `first` as a long: its lower and its upper half. */
  #long(slot: number): string[] {
    const halves = this.#part('halves', slot);
    return [
      `${halves}[2 * row] = first;`,
      `${halves}[2 * row + 1] = first >> 31;`,
      `${this.#part('states', slot)}[row] = 0;`,
    ];
  }

  /** A length in one byte, `first`. Its lowest bit is the sign. */
  #short(op: PlanOp, ...lines: readonly string[]): void {
    this.#lines.push(FIRST, 'if ((first & 0x81) === 0) {', ...lines);
    this.#lines.push('} else {', this.#other(op), '}');
  }

  /** A number in up to three bytes, as `first`. */
  #number(op: PlanOp, lines: readonly string[]): void {
    this.#lines.push(
      FIRST,
      'size = 1;',
      'if (first >= 0x80 && end - at >= 2) {',
      'first = (first & 0x7f) | (bytes[at + 1] << 7); size = 2;',
      'if (first >= 0x4000 && end - at >= 3) {',
      'first = (first & 0x3fff) | (bytes[at + 2] << 14); size = 3;',
      '} }',
      'if (first < 1 << 7 * size) {',
      'at += size; first = (first >>> 1) ^ -(first & 1);',
      ...lines,
      '} else {',
      this.#other(op),
      '}',
    );
  }

  #union(op: PlanOp): void {
    const { branches } = op;
    const isSmall =
      branches.length <= MAX_BRANCHES &&
      branches.every(({ steps }) => steps.length <= MAX_BRANCH_STEPS);
    if (!isSmall) {
      this.#lines.push(this.#other(op));
      return;
    }
    this.#lines.push(FIRST, 'switch (first) {');
    for (const [i, branch] of branches.entries()) {
      this.#lines.push(`case ${2 * i}: { at++;`);
      this.add(opsOf(branch));
      this.#lines.push('break; }');
    }
    this.#lines.push('default:', this.#other(op), '}');
  }
}

/** The byte at the place. After the end it is one that says nothing alone. */
const FIRST = 'first = at < end ? bytes[at] : 0x80;';
const INSIDE = 'if (at > end) fail(TRUNCATED);';
