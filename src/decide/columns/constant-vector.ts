import type { Constant } from '../cel/expression.ts';
import type { Evaluate } from './rows.ts';
import { SAFE, type Vector } from './vector.ts';

/** A constant as a vector, so that every loop has two vectors. It is filled once per length. */
export function constantVector(value: Constant): Evaluate {
  let length = 0;
  let vector: Vector = filled(value, 0);
  return ({ rows }) => {
    if (rows > length) {
      length = Math.max(rows, 2 * length);
      vector = filled(value, length);
    }
    return vector;
  };
}

function filled(value: Constant, length: number): Vector {
  switch (typeof value) {
    case 'bigint': {
      const beyond = value > BigInt(SAFE) || value < -BigInt(SAFE);
      return {
        is: 'int',
        values: new Float64Array(length).fill(Number(value)),
        exact: beyond ? new BigInt64Array(length).fill(value) : null,
        state: null,
      };
    }
    case 'number':
      return { is: 'double', values: new Float64Array(length).fill(value), state: null };
    case 'string':
      return { is: 'string', values: new Array<string>(length).fill(value), state: null };
    case 'boolean':
      return {
        is: 'bool',
        values: new Uint8Array(length).fill(value ? 1 : 0),
        some: +value,
        state: null,
      };
    default:
      return { is: 'null', state: new Uint8Array(length).fill(1) };
  }
}
