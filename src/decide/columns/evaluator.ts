import type { Typed } from '../cel/typed.ts';
import { converted, doubleArithmetic, intArithmetic, negativeOf } from './arithmetic.ts';
import { among } from './among.ts';
import { choose } from './choose.ts';
import { compare } from './compare.ts';
import { constantVector } from './constant-vector.ts';
import { and, not, or } from './logic.ts';
import type { Evaluate, Rows } from './rows.ts';
import { characters, testText } from './text.ts';
import {
  bytes,
  doubles,
  NULL_OPERAND,
  OTHER_TYPE,
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
export function compileExpression(node: Typed): Evaluate {
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
    case 'has':
      return bools((out, batch) => {
        const { state } = batch.column(node.slot);
        for (let row = 0; row < batch.rows; row++)
          out[row] = state[row] === 0 || state[row] === OTHER_TYPE ? 1 : 0;
      });
    case 'and':
    case 'or': {
      const [a, b] = [compileTruth(node.a), compileTruth(node.b)];
      const join = node.is === 'and' ? and : or;
      return bools((out, batch) => {
        join(a(batch), b(batch), out, batch.rows);
      });
    }
    case 'not': {
      const a = compileTruth(node.a);
      return bools((out, batch) => {
        not(a(batch), out, batch.rows);
      });
    }
    case 'compare': {
      const [a, b] = [compileExpression(node.a), compileExpression(node.b)];
      return bools((out, batch) => {
        compare(node.by, a(batch), b(batch), out, batch.rows);
      });
    }
    case 'among': {
      const a = compileExpression(node.a);
      const test = among(node.values);
      return bools((out, batch) => {
        test(a(batch), out, batch.rows);
      });
    }
    case 'text': {
      const [a, b] = [compileExpression(node.a), compileExpression(node.b)];
      return bools((out, batch) => {
        testText(node.test, a(batch) as Texts, b(batch) as Texts, out, batch.rows);
      });
    }
    case 'arithmetic': {
      const [a, b] = [compileExpression(node.a), compileExpression(node.b)];
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
      const a = compileExpression(node.a);
      const out = doubles();
      return (batch) => negativeOf(a(batch), out.of(batch.rows), errors.of(batch.rows), batch.rows);
    }
    case 'convert': {
      const a = compileExpression(node.a);
      const out = doubles();
      return (batch) =>
        converted(node.type, a(batch), out.of(batch.rows), errors.of(batch.rows), batch.rows);
    }
    case 'size': {
      const a = compileExpression(node.a);
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
        compileTruth(node.when),
        compileExpression(node.a),
        compileExpression(node.b),
      ];
      const pick = choose();
      return (batch) => pick(when(batch), a(batch), b(batch), batch.rows);
    }
  }
}

/** A condition: 0, 1 or an error per row. */
export function compileTruth(node: Typed): (batch: Rows) => Uint8Array {
  const evaluate = compileExpression(node);
  return (batch) => (evaluate(batch) as Bools).values;
}

function bools(fill: (out: Uint8Array, batch: Rows) => void): Evaluate {
  const scratch = bytes();
  return (batch) => {
    const out = scratch.of(batch.rows);
    fill(out, batch);
    return { is: 'bool', values: out, state: null };
  };
}

function withoutNull(
  state: Uint8Array | null,
  errors: ReturnType<typeof bytes>,
  rows: number,
): Uint8Array | null {
  if (state === null) return null;
  const out = errors.of(rows);
  for (let row = 0; row < rows; row++) out[row] = state[row] === 1 ? NULL_OPERAND : state[row]!;
  return out;
}
