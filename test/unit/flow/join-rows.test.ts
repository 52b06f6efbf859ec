import fc from 'fast-check';
import { joinRows } from '../../../src/flow/join-rows.ts';
import { splitScores } from '../../../src/flow/split-scores.ts';
import type { Scores } from '../../../src/flow/scores.ts';
import { takeRows } from '../../../src/flow/take-rows.ts';
import { emptyValues, type InputTensor, type TensorType } from '../../../src/flow/tensors.ts';

const tensor = (type: TensorType, rows: number, columns: number, from: number): InputTensor => {
  const values = emptyValues(type, rows * columns);
  for (let i = 0; i < values.length; i++) {
    const value = from + i;
    if (type === 'string') (values as string[])[i] = `t${value}`;
    else if (type === 'int64') (values as BigInt64Array)[i] = BigInt(value);
    else (values as Float32Array)[i] = value;
  }
  return { name: type, type, rows, columns, flat: false, values };
};
const TYPES: readonly TensorType[] = ['float32', 'string', 'int64', 'bool'];

/** Batches with some of their rows. */
const batches = fc
  .array(fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 5 })
  .map((all) =>
    all.map((picked, batch) => ({
      size: picked.length,
      rows: picked.flatMap((isPicked, row) => (isPicked ? [row] : [])),
      tensors: TYPES.map((type, i) => tensor(type, picked.length, i + 1, 20 * batch)),
    })),
  );

describe('rows of several batches', () => {
  it('are joined in their order', () => {
    fc.assert(
      fc.property(batches, (given) => {
        const joined = joinRows(given);
        const alone = given.map(({ tensors, rows }) => takeRows(tensors, rows));
        for (const [i, type] of TYPES.entries()) {
          expect(joined[i]).toMatchObject({ name: type, type, columns: i + 1, flat: false });
          expect(joined[i]!.rows).toBe(given.reduce((sum, { rows }) => sum + rows.length, 0));
          expect(Array.from<unknown>(joined[i]!.values)).toEqual(
            alone.flatMap((tensors) => Array.from<unknown>(tensors[i]!.values)),
          );
        }
      }),
    );
  });

  it('have their own scores afterwards', () => {
    fc.assert(
      fc.property(batches, fc.boolean(), (given, withClasses) => {
        const total = given.reduce((sum, { rows }) => sum + rows.length, 0);
        const each = Array.from({ length: total }, (_, row) => row);
        const scores: Scores = {
          models: [],
          modelOf: Uint8Array.from(each, (row) => row % 3),
          score: Float64Array.from(each),
          classes: withClasses ? ['a', 'b'] : null,
          perClass: withClasses ? Float64Array.from({ length: 2 * total }, (_, i) => i) : null,
          timedOut: each.filter((row) => row % 4 === 1),
          failed: each.filter((row) => row % 4 === 2).map((row) => ({ row, why: `at ${row}` })),
        };
        const split = splitScores(scores, given);
        let at = 0;
        for (const [i, { rows, size }] of given.entries()) {
          const own = split[i]!;
          const [timedOut, failed]: [number[], { row: number; why: string }[]] = [[], []];
          const [score, perClass] = [
            new Array<number>(size).fill(NaN),
            new Array<number>(2 * size),
          ];
          perClass.fill(NaN);
          for (const row of rows) {
            score[row] = at;
            [perClass[2 * row], perClass[2 * row + 1]] = [2 * at, 2 * at + 1];
            expect(own.modelOf![row]).toBe(at % 3);
            if (at % 4 === 1) timedOut.push(row);
            if (at % 4 === 2) failed.push({ row, why: `at ${at}` });
            at++;
          }
          expect([...own.score]).toEqual(score);
          expect(own.perClass && [...own.perClass]).toEqual(withClasses ? perClass : null);
          expect(own).toMatchObject({ timedOut, failed });
          expect(own.seconds).toBeUndefined();
        }
      }),
    );
  });
});
