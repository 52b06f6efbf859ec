import { ABSENT, type Column } from '../flow/events.ts';
import type { ProjectedField } from '../flow/projection.ts';
import { Utf8Column } from '../flow/utf8-column.ts';

/**
 * Columns without values for so many rows. Their numbers share one buffer, because to allocate many
 * small ones for each batch costs as much as to read a field.
 */
export function emptyColumns(fields: readonly ProjectedField[], rows: number): Column[] {
  const cells = fields.map(({ size = 1 }) => size * rows);
  const values = fields.map(({ as }, i) => cells[i]! * BYTES[as]);
  const buffer = new ArrayBuffer(sum(values) + sum(cells));
  let [at, stateAt] = [0, sum(values)];
  new Uint8Array(buffer, stateAt).fill(ABSENT);
  const blocks: Buffer[] = [];
  return fields.map(({ as, size: width = 1 }, i) => {
    const [start, stateStart, length] = [at, stateAt, cells[i]!];
    at += values[i]!;
    stateAt += length;
    const state = new Uint8Array(buffer, stateStart, length);
    switch (as) {
      case 'text':
        return { as, width: 1, state, values: new Array<string>(rows).fill('') };
      case 'utf8':
        return new Utf8Column(state, new Int32Array(buffer, start, 4 * rows), blocks);
      case 'long':
        return { as, width: 1, state, values: new BigInt64Array(buffer, start, rows) };
      default:
        return { as: 'number', width, state, values: new Float64Array(buffer, start, length) };
    }
  });
}

/** Bytes of a value outside of the heap of JavaScript. All are multiples of eight. */
const BYTES = { number: 8, long: 8, text: 0, utf8: 16, length: 8, vector: 8 } as const;

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
