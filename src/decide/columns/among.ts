import type { Constant } from '../cel/expression.ts';
import { FALSE, TRUE, type Vector } from './vector.ts';

/** `x in [a, b]`. A value is looked up once, however long the list is. */
export function among(
  values: readonly Constant[],
): (a: Vector, out: Uint8Array, rows: number) => void {
  const hasNull = values.includes(null);
  const texts = new Set(values.filter((value) => typeof value === 'string'));
  const bigs = new Set(values.filter((value) => typeof value === 'bigint'));
  const numbers = new Set(
    values.flatMap((value) =>
      typeof value === 'bigint'
        ? Number.isSafeInteger(Number(value))
          ? [Number(value)]
          : []
        : typeof value === 'number'
          ? [value]
          : [],
    ),
  );
  numbers.delete(NaN); // it is not equal to itself
  const truths: readonly number[] = values.map((value) =>
    value === true ? TRUE : value === false ? FALSE : -1,
  );
  return (a, out, rows) => {
    switch (a.is) {
      case 'string':
        for (let row = 0; row < rows; row++) out[row] = texts.has(a.values[row]!) ? TRUE : FALSE;
        break;
      case 'int':
        if (a.exact !== null)
          for (let row = 0; row < rows; row++) out[row] = bigs.has(a.exact[row]!) ? TRUE : FALSE;
        else
          for (let row = 0; row < rows; row++)
            out[row] = numbers.has(a.values[row]!) ? TRUE : FALSE;
        break;
      case 'double':
        for (let row = 0; row < rows; row++) out[row] = numbers.has(a.values[row]!) ? TRUE : FALSE;
        break;
      case 'bool':
        for (let row = 0; row < rows; row++) {
          const value = a.values[row]!;
          out[row] = value > TRUE ? value : truths.includes(value) ? TRUE : FALSE;
        }
        break;
      case 'null':
    }
    const { state } = a;
    if (state === null) return;
    for (let row = 0; row < rows; row++) {
      const now = state[row]!;
      if (now !== 0) out[row] = now > 1 ? now : hasNull ? TRUE : FALSE;
    }
  };
}
