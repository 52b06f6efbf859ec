import { joinedBits } from './logic.ts';
import {
  bytes,
  doubles,
  FALSE,
  NULL_OPERAND,
  TRUE,
  type Bools,
  type Texts,
  type Vector,
} from './vector.ts';

/** `when ? a : b`. The side that is not chosen cannot fail. */
export function choose(): (when: Uint8Array, a: Vector, b: Vector, rows: number) => Vector {
  const numbers = doubles();
  const truths = bytes();
  const states = bytes();
  return (when, a, b, rows) => {
    const state = states.of(rows);
    for (let row = 0; row < rows; row++) {
      const chosen = when[row]!;
      state[row] = chosen > TRUE ? chosen : ((chosen === TRUE ? a.state : b.state)?.[row] ?? 0);
    }
    switch (a.is) {
      case 'bool': {
        const out = truths.of(rows);
        const [x, y] = [a.values, (b as Bools).values];
        for (let row = 0; row < rows; row++) {
          const chosen = when[row]!;
          out[row] = chosen > TRUE ? chosen : chosen === TRUE ? x[row]! : y[row]!;
          // An error of a truth value is in the value; null is in both.
          if (state[row] === FALSE && out[row]! > TRUE) state[row] = out[row]!;
          else if (state[row] === 1) out[row] = NULL_OPERAND;
        }
        return { is: 'bool', values: out, some: joinedBits(out, rows), state };
      }
      case 'string': {
        const [x, y] = [a.values, (b as Texts).values];
        const out = new Array<string>(rows);
        for (let row = 0; row < rows; row++) out[row] = (when[row] === TRUE ? x : y)[row]!;
        return { is: 'string', values: out, state };
      }
      case 'double':
      case 'int': {
        const out = numbers.of(rows);
        const other = b as typeof a;
        for (let row = 0; row < rows; row++)
          out[row] = (when[row] === TRUE ? a.values : other.values)[row]!;
        if (a.is === 'double') return { is: 'double', values: out, state };
        const [x, y] = [a.exact, (other as typeof a).exact];
        if (x === null && y === null) return { is: 'int', values: out, exact: null, state };
        const exact = new BigInt64Array(rows);
        for (let row = 0; row < rows; row++) {
          const from = when[row] === TRUE ? x : y;
          exact[row] = from === null ? BigInt(out[row]!) : from[row]!;
        }
        return { is: 'int', values: out, exact, state };
      }
      case 'null':
        return a;
    }
  };
}
