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
  OTHER,
  TEXT,
  UNION,
  UTF8,
  VARINT,
} from './plan-ops.ts';

/**
 * A plan as one function without a single call. It reads what most values are made of, and returns a
 * row that has anything else, or that cannot be read, for the reader to read it from its start. Between
 * two calls, V8 has to find out again at every access what kind of array it is, which costs more than
 * to read a short value. So this is twice as quick as a walk that asks the reader for help. Null if the
 * plan has an operation that it does not know.
 *
 * Nothing of a schema gets into the code but numbers: slots, sizes and places of operations.
 */
export function quickWalk(plan: DecodePlan): GeneratedWalk | null {
  const walk = new QuickWalk();
  walk.add(opsOf(plan));
  return walk.made();
}

const MAX_OPS = 100;
const MAX_BRANCHES = 4;

/**
 * The code of a walk. Its names: `at` and `end` are the place and the end of the value; `o3` the
 * place of the states, `c3` of the values of the column in slot 3.
 */
class QuickWalk {
  readonly #lines: string[] = [];
  /** By name: places of columns in the buffer that they share, and arrays of carried fields. */
  readonly #parts = new Map<string, string>();
  #ops = 0;
  #isKnown = true;

  add(ops: readonly PlanOp[]): void {
    for (const op of ops) this.#op(op);
  }

  made(): GeneratedWalk | null {
    if (!this.#isKnown || this.#ops > MAX_OPS) return null;
    const code = `
      return function walk(reader, { records, schemas, starts }, row, last) {
        const { bytes, view, base, openBlock, cells } = reader;
        const { states, words, doubles } = cells;
        const schema = schemas[row];
        let at = 0, end = 0, first = 0, size = 0, start = 0;
        let hash = 0, word = 0, all = 0, place = 0, stop = 0;
        ${[...this.#parts].map(([name, part]) => `const ${name} = ${part};`).join('\n')}
        for (; row < last; row++) {
          const record = records[row];
          if (schemas[row] !== schema || record.block !== bytes) break;
          at = record.valueStart + starts[row];
          end = record.valueEnd;
          ${this.#lines.join('\n')}
          if (at !== end) return row;
        }
        return row;
      }`;
    // eslint-disable-next-line typescript/no-implied-eval -- see `quickWalk`: numbers only
    const make = new Function(code) as () => GeneratedWalk;
    return make();
  }

  #op(op: PlanOp): void {
    this.#ops++;
    switch (op.code) {
      case FIXED:
        this.#lines.push(`at += ${op.count};`, INSIDE);
        return;
      case LENGTH:
        this.#lines.push(LENGTH_BYTE, 'at += 1 + (first >> 1);', INSIDE);
        return;
      case TEXT:
        this.#lines.push(...TEXT_BYTES, ASCII);
        return;
      case VARINT:
        this.#lines.push(
          'stop = at + 8;',
          'while (at < end && at < stop && bytes[at] >= 0x80) at++;',
          'if (at >= end || bytes[at] >= 0x80) return row;',
          'at++;',
        );
        return;
      case DOUBLE:
        this.#lines.push(
          'if (end - at < 8) return row;',
          `doubles[${this.#values(op.slot, 8)} + row] = view.getFloat64(base + at, true);`,
          this.#state(op.slot, 0),
          'at += 8;',
        );
        return;
      case UTF8: {
        const cell = `${this.#values(op.slot, 4)} + 4 * row`;
        this.#lines.push(
          ...TEXT_BYTES,
          HASH,
          `place = ${cell};`,
          'words[place] = openBlock;',
          'words[place + 1] = start;',
          'words[place + 2] = at;',
          'words[place + 3] = hash;',
          this.#state(op.slot, 0),
        );
        return;
      }
      case LONG:
        this.#lines.push(NUMBER, ...this.#number(op.slot));
        return;
      case INT64:
        this.#lines.push(NUMBER, ...this.#long(op.slot));
        return;
      case BOTH:
        this.#lines.push(NUMBER, ...this.#number(op.slot), ...this.#long(op.exactly));
        return;
      case MARK:
        // A column of vectors has several cells to mark.
        this.#parts.set(`m${op.slot}`, `reader.states[${op.slot}].length === records.length`);
        this.#lines.push(`if (!m${op.slot}) return row;`, this.#state(op.slot, op.count));
        return;
      case AGAIN: {
        const back = `back${this.#ops}`;
        this.#lines.push(`const ${back} = at;`);
        this.add(opsOf(op.plan!));
        this.#lines.push(`at = ${back};`);
        return;
      }
      case UNION:
        this.#union(op);
        return;
      case OTHER:
        this.#carried(op);
        return;
      default:
        this.#isKnown = false;
    }
  }

  #carried({ step }: PlanOp): void {
    if (step.do === 'carry-start')
      this.#lines.push(`${this.#carriedPart(step.slot, 'start')}[row] = at;`);
    else if (step.do === 'carry-end' && step.rewrite === null)
      this.#lines.push(
        `${this.#carriedPart(step.slot, 'end')}[row] = at;`,
        `${this.#carriedPart(step.slot, 'other')}[row] = undefined;`,
      );
    else this.#isKnown = false;
  }

  #carriedPart(slot: number, part: 'start' | 'end' | 'other'): string {
    this.#parts.set(`${part}${slot}`, `reader.carried[${slot}].${part}`);
    return `${part}${slot}`;
  }

  #state(slot: number, state: number): string {
    this.#parts.set(`o${slot}`, `reader.states[${slot}].byteOffset`);
    return `states[o${slot} + row] = ${state};`;
  }

  /** The place of the values of a column, in numbers of so many bytes. */
  #values(slot: number, bytes: 4 | 8): string {
    this.#parts.set(`c${slot}`, `reader.values[${slot}].byteOffset / ${bytes}`);
    return `c${slot}`;
  }

  #number(slot: number): string[] {
    return [`doubles[${this.#values(slot, 8)} + row] = first;`, this.#state(slot, 0)];
  }

  /** `first` as a long: its lower and its upper half. */
  #long(slot: number): string[] {
    return [
      `place = ${this.#values(slot, 4)} + 2 * row;`,
      'words[place] = first;',
      'words[place + 1] = first >> 31;',
      this.#state(slot, 0),
    ];
  }

  #union({ branches }: PlanOp): void {
    if (branches.length > MAX_BRANCHES) this.#isKnown = false;
    this.#lines.push('if (at >= end) return row;', 'switch (bytes[at++]) {');
    for (const [i, branch] of branches.entries()) {
      this.#lines.push(`case ${2 * i}: {`);
      this.add(opsOf(branch));
      this.#lines.push('break; }');
    }
    this.#lines.push('default: return row;', '}');
  }
}

const INSIDE = 'if (at > end) return row;';

/** A length in one byte, `first`. Its lowest bit is the sign. */
const LENGTH_BYTE = `
  if (at >= end) return row;
  first = bytes[at];
  if ((first & 0x81) !== 0) return row;`;

const TEXT_BYTES = [LENGTH_BYTE, 'start = at + 1;', 'at = start + (first >> 1);', INSIDE];

const MIXED = `
  word = Math.imul(word, 0xcc9e2d51);
  word = Math.imul((word << 15) | (word >>> 17), 0x1b873593);
  hash ^= word;
  hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;`;

/** As `putHash`, from `start` to `at`. A text that is not ASCII is left to the reader. */
const HASH = `
  hash = at - start;
  all = 0;
  if (hash >= 4) {
    stop = base + at - 4;
    for (place = base + start; place < stop; place += 4) {
      word = view.getInt32(place, true);
      all |= word;
      ${MIXED}
    }
    word = view.getInt32(stop, true);
    all |= word;
  } else {
    for (place = start; place < at; place++) all = (all << 8) | bytes[place];
    word = all;
  }
  ${MIXED}
  if ((all & 0x80808080) !== 0) return row;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  hash ^= hash >>> 16;`;

/** Bytes from `start` to `at` of a text that is carried. */
const ASCII = `
  all = 0;
  for (place = start; place < at; place++) all |= bytes[place];
  if (all > 0x7f) return row;`;

/** A number in one to three bytes, as `first`. */
const NUMBER = `
  if (at >= end) return row;
  first = bytes[at++];
  if (first >= 0x80) {
    if (at >= end) return row;
    first = (first & 0x7f) | (bytes[at++] << 7);
    if (first >= 0x4000) {
      if (at >= end) return row;
      first = (first & 0x3fff) | (bytes[at++] << 14);
      if (first >= 0x200000) return row;
    }
  }
  first = (first >>> 1) ^ -(first & 1);`;
