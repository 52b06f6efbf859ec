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
import { ASCII, HASH, INSIDE, LENGTH_BYTE, NUMBER, skipped, TEXT_BYTES } from './quick-code.ts';

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
  /** The same text is read again, with its hash, which sees what is not ASCII. */
  #isHashed = false;

  add(ops: readonly PlanOp[]): void {
    for (const [i, op] of ops.entries()) this.#op(op, ops[i + 1]);
  }

  made(): GeneratedWalk | null {
    if (!this.#isKnown || this.#ops > MAX_OPS) return null;
    const code = `
      return function walk(reader, { records, schemas, starts }, row, last) {
        const { bytes, view, base, openBlock, cells } = reader;
        const { states, words, doubles } = cells;
        const schema = schemas[row];
        let at = 0, end = 0, first = 0, size = 0, start = 0;
        let hash = 0, word = 0, all = 0, place = 0, stop = 0, wide = 0, scale = 0;
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

  #op(op: PlanOp, next: PlanOp | undefined): void {
    this.#ops++;
    switch (op.code) {
      case FIXED:
        this.#lines.push(`at += ${op.count};`, INSIDE);
        return;
      case LENGTH:
        this.#lines.push(LENGTH_BYTE, 'at += 1 + (first >> 1);', INSIDE);
        return;
      case TEXT:
        this.#lines.push(...TEXT_BYTES, this.#isHashed ? '' : ASCII);
        return;
      case VARINT:
        this.#lines.push(...skipped(9));
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
        this.#number([op.slot], []);
        return;
      case INT64:
        this.#number([], [op.slot]);
        return;
      case BOTH:
        this.#number([op.slot], [op.exactly]);
        return;
      case MARK:
        // A column of vectors has several cells to mark.
        this.#parts.set(`m${op.slot}`, `reader.states[${op.slot}].length === records.length`);
        this.#lines.push(`if (!m${op.slot}) return row;`, this.#state(op.slot, op.count));
        return;
      case AGAIN: {
        const back = `back${this.#ops}`;
        this.#lines.push(`const ${back} = at;`);
        this.#isHashed = next?.code === UTF8;
        this.add(opsOf(op.plan!));
        this.#isHashed = false;
        this.#lines.push(`at = ${back};`);
        return;
      }
      case UNION:
        this.#union(op);
        return;
      case OTHER:
        this.#other(op);
        return;
      default:
        this.#isKnown = false;
    }
  }

  #other({ step }: PlanOp): void {
    switch (step.do) {
      case 'carry-start':
        this.#lines.push(`${this.#carriedPart(step.slot, 'start')}[row] = at;`);
        return;
      case 'carry-end':
        if (step.rewrite !== null) this.#isKnown = false;
        this.#lines.push(
          `${this.#carriedPart(step.slot, 'end')}[row] = at;`,
          `${this.#carriedPart(step.slot, 'other')}[row] = undefined;`,
        );
        return;
      case 'int':
        this.#lines.push(...skipped(5));
        return;
      case 'enum':
        this.#lines.push(
          NUMBER,
          `if (scale !== 0 || first < 0 || first >= ${step.symbols}) return row;`,
        );
        return;
      case 'read-float':
        this.#lines.push(
          'if (end - at < 4) return row;',
          `doubles[${this.#values(step.slot, 8)} + row] = view.getFloat32(base + at, true);`,
          this.#state(step.slot, 0),
          'at += 4;',
        );
        return;
      case 'read-boolean':
        this.#lines.push(
          'if (at >= end) return row;',
          `doubles[${this.#values(step.slot, 8)} + row] = bytes[at++] === 0 ? 0 : 1;`,
          this.#state(step.slot, 0),
        );
        return;
      default:
        this.#isKnown = false;
    }
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

  /** A number into columns of doubles, and as its lower and its upper half into columns of longs. */
  #number(doubles: readonly number[], longs: readonly number[]): void {
    const put = (value: string, upper: string): string[] => [
      ...doubles.map((slot) => `doubles[${this.#values(slot, 8)} + row] = ${value};`),
      ...longs.flatMap((slot) => [
        `place = ${this.#values(slot, 4)} + 2 * row;`,
        `words[place] = ${value} | 0;`,
        `words[place + 1] = ${upper};`,
      ]),
    ];
    this.#lines.push(
      NUMBER,
      'if (scale === 0) {',
      ...put('first', 'first >> 31'),
      '} else {',
      ...put('wide', 'Math.floor(wide / 0x100000000)'),
      '}',
      ...[...doubles, ...longs].map((slot) => this.#state(slot, 0)),
    );
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
