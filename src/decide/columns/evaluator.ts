import type { Constant } from '../cel/expression.ts';
import type { Typed } from '../cel/typed.ts';
import { converted, doubleArithmetic, intArithmetic, negativeOf } from './arithmetic.ts';
import { among } from './among.ts';
import { choose } from './choose.ts';
import { compare } from './compare.ts';
import { constantVector } from './constant-vector.ts';
import { and, joinedBits, not, or } from './logic.ts';
import type { TextCodes } from './text-codes.ts';
import type { Evaluate, Rows } from './rows.ts';
import { characters, testText } from './text.ts';
import {
  bytes,
  doubles,
  OTHER_TYPE,
  withoutNull,
  type Bools,
  type Doubles,
  type Ints,
  type Texts,
} from './vector.ts';

/**
 * Compiles an expression into loops over columns. All parts are evaluated for every row, also those
 * that CEL would not look at: an error is a value of a row, and `&&`, `||` and `? :` drop the errors
 * of the side that does not count.
 */
export function compileExpression(node: Typed, texts: readonly TextCodes[]): Evaluate {
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
    case 'has':
      return bools((out, batch) => {
        const { state } = batch.column(node.slot);
        for (let row = 0; row < batch.rows; row++)
          out[row] = +(state[row] === 0 || state[row] === OTHER_TYPE);
      });
    case 'and':
    case 'or': {
      const [a, b] = [compileTruth(node.a, texts), compileTruth(node.b, texts)];
      const join = node.is === 'and' ? and : or;
      return joinedBools((out, batch) => {
        const [left, right] = [a(batch), b(batch)];
        return join(left.values, right.values, left.some | right.some, out, batch.rows);
      });
    }
    case 'not': {
      const a = compileTruth(node.a, texts);
      return joinedBools((out, batch) => {
        const { values, some } = a(batch);
        return not(values, some, out, batch.rows);
      });
    }
    case 'compare': {
      const coded = codedComparison(node, texts);
      if (coded !== undefined) return coded;
      const [a, b] = [compileExpression(node.a, texts), compileExpression(node.b, texts)];
      return bools((out, batch) => {
        compare(node.by, a(batch), b(batch), out, batch.rows);
      });
    }
    case 'among': {
      if (isTextField(node.a)) return codedTest(node.a.slot, node.values, texts);
      const a = compileExpression(node.a, texts);
      const test = among(node.values);
      return bools((out, batch) => {
        test(a(batch), out, batch.rows);
      });
    }
    case 'text': {
      const [a, b] = [compileExpression(node.a, texts), compileExpression(node.b, texts)];
      return bools((out, batch) => {
        testText(node.test, a(batch) as Texts, b(batch) as Texts, out, batch.rows);
      });
    }
    case 'arithmetic': {
      const [a, b] = [compileExpression(node.a, texts), compileExpression(node.b, texts)];
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
      const a = compileExpression(node.a, texts);
      const out = doubles();
      return (batch) => negativeOf(a(batch), out.of(batch.rows), errors.of(batch.rows), batch.rows);
    }
    case 'convert': {
      const a = compileExpression(node.a, texts);
      const out = doubles();
      return (batch) =>
        converted(node.type, a(batch), out.of(batch.rows), errors.of(batch.rows), batch.rows);
    }
    case 'size': {
      const a = compileExpression(node.a, texts);
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
      const [when, a, b] = [
        compileTruth(node.when, texts),
        compileExpression(node.a, texts),
        compileExpression(node.b, texts),
      ];
      const pick = choose();
      return (batch) => pick(when(batch).values, a(batch), b(batch), batch.rows);
    }
  }
}

/** A condition: 0, 1 or an error per row. */
export function compileTruth(node: Typed, texts: readonly TextCodes[]): (batch: Rows) => Bools {
  return compileExpression(node, texts) as (batch: Rows) => Bools;
}

function bools(fill: (out: Uint8Array, batch: Rows) => void): Evaluate {
  return joinedBools((out, batch) => {
    fill(out, batch);
    return joinedBits(out, batch.rows);
  });
}

/** `fill` returns all values joined by |. */
function joinedBools(fill: (out: Uint8Array, batch: Rows) => number): Evaluate {
  const scratch = bytes();
  return (batch) => {
    const out = scratch.of(batch.rows);
    const some = fill(out, batch);
    return { is: 'bool', values: out, some, state: null };
  };
}

type TextField = Typed & { readonly is: 'field' };

const isTextField = (node: Typed): node is TextField =>
  node.is === 'field' && node.type === 'string';

/** A field that is compared with one string. */
function codedComparison(
  { by, a, b }: Typed & { readonly is: 'compare' },
  texts: readonly TextCodes[],
): Evaluate | undefined {
  if (by !== '==' && by !== '!=') return undefined;
  const [field, other] = isTextField(a) ? [a, b] : [b, a];
  if (!isTextField(field) || other.is !== 'constant' || other.type !== 'string') return undefined;
  return codedTest(field.slot, [other.value], texts, by === '==');
}

/** Whether a field is one of these strings; `holds` false: whether it is none of them. */
function codedTest(
  slot: number,
  values: readonly Constant[],
  texts: readonly TextCodes[],
  holds = true,
): Evaluate {
  const hasNull = +(values.includes(null) === holds);
  const codes = values.flatMap((value) =>
    typeof value === 'string' ? [texts[slot]!.add(value)] : [],
  );
  const table = new Uint8Array(Math.max(0, ...codes) + 1).fill(+!holds);
  for (const code of codes) table[code] = +holds;
  const last = table.length - 1;
  return joinedBools((out, batch) => {
    const of = batch.codes(slot);
    const { state } = batch.field(slot);
    let all = 0;
    for (let row = 0; row < batch.rows; row++) {
      const code = of[row]!;
      all |= out[row] = table[code > last ? 0 : code]!;
    }
    if (state === null) return all;
    all = 0;
    for (let row = 0; row < batch.rows; row++) {
      const now = state[row]!;
      all |= out[row] = now === 0 ? out[row]! : now > 1 ? now : hasNull;
    }
    return all;
  });
}
