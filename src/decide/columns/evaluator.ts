import { countMarks, isMarked } from '../../flow/profile-marks.ts';
import type { Utf8Column } from '../../flow/utf8-column.ts';
import type { Typed } from '../cel/typed.ts';
import { among } from './among.ts';
import { converted, doubleArithmetic, intArithmetic, negativeOf } from './arithmetic.ts';
import { choose } from './choose.ts';
import { codedTest } from './coded-test.ts';
import { compare } from './compare.ts';
import { constantComparison, type FillBools } from './compare-constant.ts';
import { constantVector } from './constant-vector.ts';
import { and, joinedBits, not, or } from './logic.ts';
import type { Evaluate, Rows } from './rows.ts';
import { segmentTest } from './segment-test.ts';
import { sharedKey } from './shared-key.ts';
import { testBytes } from './text-bytes.ts';
import type { TextCodes } from './text-codes.ts';
import { characters, testText } from './text.ts';
import {
  bytes,
  doubles,
  falses,
  OTHER_TYPE,
  TruthScratch,
  withoutNull,
  type Bools,
  type Doubles,
  type Ints,
  type Texts,
  type Vector,
} from './vector.ts';

/**
 * Compiles the expressions of a policy into loops over columns. A part that several conditions have
 * is evaluated once per batch. Most parts are evaluated for every row, also those that CEL would not
 * look at: an error is a value of a row, and `&&`, `||` and `? :` drop the errors of the side that
 * does not count.
 */
export class Expressions {
  readonly #texts: readonly TextCodes[];
  readonly #known = new Map<string, Evaluate>();
  /** Stand for parts in the keys of what they are a part of. */
  readonly #ids = new Map<Evaluate, number>();

  /** `texts`: by field, what conditions compare it with. They are added to. */
  constructor(texts: readonly TextCodes[]) {
    this.#texts = texts;
  }

  /** A condition: 0, 1 or an error per row. */
  truth(node: Typed): (batch: Rows) => Bools {
    return this.#of(node) as (batch: Rows) => Bools;
  }

  #of(node: Typed): Evaluate {
    const key = sharedKey(node, (part) => this.#ids.get(this.#of(part))!);
    let evaluate = this.#known.get(key);
    if (evaluate === undefined) {
      evaluate = once(this.#compiled(node));
      this.#known.set(key, evaluate);
      this.#ids.set(evaluate, this.#ids.size);
    }
    return evaluate;
  }

  #compiled(node: Typed): Evaluate {
    const errors = bytes();
    switch (node.is) {
      case 'constant':
        return constantVector(node.value);
      case 'field':
        return (batch) => batch.field(node.slot);
      case 'score':
        return ({ score }) => ({ is: 'double', values: score, state: null });
      case 'segment':
        return (batch) => batch.segment();
      case 'version':
        return (batch) => batch.version();
      case 'marks': {
        const out = doubles();
        return ({ marks, rows }) => {
          const values = out.of(rows);
          for (let row = 0; row < rows; row++)
            values[row] = marks === undefined ? 0 : countMarks(marks, row);
          return { is: 'int', values, exact: null, state: null };
        };
      }
      case 'marked':
        return bools((out, { marks, rows }) => {
          const at = marks?.names.indexOf(node.name) ?? -1;
          let all = 0;
          for (let row = 0; row < rows; row++)
            all |= out[row] = +(at !== -1 && isMarked(marks!, row, at));
          return all;
        });
      case 'has':
        return bools((out, batch) => {
          const { state } = batch.column(node.slot);
          let all = 0;
          for (let row = 0; row < batch.rows; row++)
            all |= out[row] = +(state[row] === 0 || state[row] === OTHER_TYPE);
          return all;
        });
      case 'and':
      case 'or': {
        const [a, b] = [this.truth(node.a), this.truth(node.b)];
        return node.is === 'and' ? both(a, b) : either(a, b);
      }
      case 'not': {
        const a = this.truth(node.a);
        return bools((out, batch) => {
          const { values, some } = a(batch);
          return not(values, some, out, batch.rows);
        });
      }
      case 'compare': {
        const quick = this.#quickComparison(node);
        if (quick !== undefined) return bools(quick);
        const [a, b] = [this.#of(node.a), this.#of(node.b)];
        return bools((out, batch) => {
          compare(node.by, a(batch), b(batch), out, batch.rows);
          return joinedBits(out, batch.rows);
        });
      }
      case 'among': {
        if (isTextField(node.a))
          return bools(codedTest(node.a.slot, node.values, this.#texts[node.a.slot]!));
        const a = this.#of(node.a);
        const test = among(node.values);
        return bools((out, batch) => {
          test(a(batch), out, batch.rows);
          return joinedBits(out, batch.rows);
        });
      }
      case 'text': {
        const quick = quickTest(node);
        if (quick !== undefined) return bools(quick);
        const [a, b] = [this.#of(node.a), this.#of(node.b)];
        return bools((out, batch) => {
          testText(node.test, a(batch) as Texts, b(batch) as Texts, out, batch.rows);
          return joinedBits(out, batch.rows);
        });
      }
      case 'arithmetic': {
        const [a, b] = [this.#of(node.a), this.#of(node.b)];
        const out = doubles();
        const { by, type } = node;
        return (batch) => {
          const { rows } = batch;
          const [left, right] = [a(batch), b(batch)];
          const [into, wrong] = [out.of(rows), errors.of(rows)];
          return type === 'int'
            ? intArithmetic(by, left as Ints, right as Ints, into, wrong, rows)
            : doubleArithmetic(by, left as Doubles, right as Doubles, into, wrong, rows);
        };
      }
      case 'negative': {
        const a = this.#of(node.a);
        const out = doubles();
        return (batch) =>
          negativeOf(a(batch), out.of(batch.rows), errors.of(batch.rows), batch.rows);
      }
      case 'convert': {
        const a = this.#of(node.a);
        const out = doubles();
        return (batch) =>
          converted(node.type, a(batch), out.of(batch.rows), errors.of(batch.rows), batch.rows);
      }
      case 'size': {
        const a = this.#of(node.a);
        const out = doubles();
        return (batch) => {
          const { values, state } = a(batch) as Texts;
          const into = out.of(batch.rows);
          for (let row = 0; row < batch.rows; row++) into[row] = characters(values[row]!);
          return {
            is: 'int',
            values: into,
            exact: null,
            state: withoutNull(state, errors, batch.rows),
          };
        };
      }
      case 'choose': {
        const [when, a, b] = [this.truth(node.when), this.#of(node.a), this.#of(node.b)];
        const pick = choose();
        return (batch) => pick(when(batch).values, a(batch), b(batch), batch.rows);
      }
    }
  }

  /** A comparison of a number, a field or the segment with a constant. */
  #quickComparison(node: Typed & { readonly is: 'compare' }): FillBools | undefined {
    const { by, a, b } = node;
    const [side, other] = a.is === 'constant' ? [b, a] : [a, b];
    if (other.is !== 'constant') return undefined;
    if (typeof other.value !== 'string') return constantComparison(node, (part) => this.#of(part));
    if (by !== '==' && by !== '!=') return undefined;
    if (side.is === 'segment') return segmentTest(other.value, by === '==');
    return isTextField(side)
      ? codedTest(side.slot, [other.value], this.#texts[side.slot]!, by === '==')
      : undefined;
  }
}

/** Evaluates once per batch. */
function once(evaluate: Evaluate): Evaluate {
  let of = -1;
  let vector: Vector | undefined;
  return (batch) => {
    if (batch.serial !== of || vector === undefined) {
      vector = evaluate(batch);
      of = batch.serial;
    }
    return vector;
  };
}

function bools(fill: FillBools): Evaluate {
  const scratch = new TruthScratch();
  return (batch) => {
    const { values, words } = scratch.of(batch.rows);
    const some = fill(values, batch);
    return some === 0 ? falses(batch.rows) : { is: 'bool', values, words, some, state: null };
  };
}

type Truth = (batch: Rows) => Bools;

/** If one side is false for every row, the other one does not count. That side is asked first. */
function both(a: Truth, b: Truth): Evaluate {
  let [first, second] = [a, b];
  const scratch = new TruthScratch();
  return (batch) => {
    if (first(batch).some === 0) return falses(batch.rows);
    if (second(batch).some === 0) {
      [first, second] = [second, first];
      return falses(batch.rows);
    }
    return and(a(batch), b(batch), scratch.of(batch.rows), batch.rows);
  };
}

function either(a: Truth, b: Truth): Evaluate {
  const scratch = new TruthScratch();
  return (batch) => {
    const [left, right] = [a(batch), b(batch)];
    if (left.some === 0) return { ...right, state: null };
    if (right.some === 0) return { ...left, state: null };
    return or(left, right, scratch.of(batch.rows), batch.rows);
  };
}

type TextField = Typed & { readonly is: 'field' };

const isTextField = (node: Typed): node is TextField =>
  node.is === 'field' && node.type === 'string';

/** Whether a field starts with, ends with or contains a constant text. */
function quickTest({ test, a, b }: Typed & { readonly is: 'text' }): FillBools | undefined {
  if (!isTextField(a) || b.is !== 'constant') return undefined;
  const text = b.value as string;
  if (!text.isWellFormed()) return undefined; // it has no bytes in UTF-8
  const part = Buffer.from(text);
  return (out, batch) => {
    const column = batch.column(a.slot) as Utf8Column;
    return testBytes(test, column, part, out, batch.rows);
  };
}
