import fc from 'fast-check';
import { RowKeeper, type KeptRows } from '../../../src/compose/kept-rows.ts';
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

/** Batches with some of their rows, and whether the batches so far are worked on before. */
const given = fc
  .array(
    fc.record({
      picked: fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }),
      workBefore: fc.boolean(),
    }),
    { minLength: 1, maxLength: 20 },
  )
  .map((all) =>
    all
      .map(({ picked, workBefore }, batch) => ({
        workBefore,
        rows: picked.flatMap((isPicked, row) => (isPicked ? [row] : [])),
        tensors: TYPES.map((type, i) => tensor(type, picked.length, i + 1, 20 * batch)),
      }))
      .filter(({ rows }) => rows.length > 0),
  );

const valuesOf = (tensors: readonly InputTensor[]): unknown[][] =>
  tensors.map(({ values }) => Array.from<unknown>(values));

describe('rows that are kept', () => {
  it.each([
    { rows: 4, bytes: 10_000 },
    { rows: 100, bytes: 150 },
    { rows: 100, bytes: 10_000 },
  ])('come back in their order, in blocks of at most $rows rows and $bytes bytes', (size) => {
    fc.assert(
      fc.property(given, fc.nat(5), (batches, ahead) => {
        const keeper = new RowKeeper(size);
        let waiting: { readonly kept: KeptRows; readonly expected: unknown[][] }[] = [];
        /** Works on all but some batches, and frees them only when the next ones were kept. */
        const work = (leave: number): KeptRows[] => {
          const done: KeptRows[] = [];
          while (waiting.length > leave) {
            const {
              batches: count,
              rows,
              tensors,
            } = keeper.together(waiting.map(({ kept }) => kept));
            const round = waiting.slice(0, count);
            waiting = waiting.slice(count);
            done.push(...round.map(({ kept }) => kept));
            expect(rows).toBe(round.reduce((sum, { kept }) => sum + kept.count, 0));
            for (const [i, type] of TYPES.entries())
              expect(tensors[i]).toMatchObject({ name: type, type, columns: i + 1, rows });
            expect(valuesOf(tensors)).toEqual(
              TYPES.map((_, i) => round.flatMap(({ expected }) => expected[i]!)),
            );
          }
          return done;
        };
        for (const { rows, tensors, workBefore } of batches) {
          const done = workBefore ? work(ahead) : [];
          const kept = keeper.keep(tensors, rows);
          waiting.push({ kept, expected: valuesOf(takeRows(tensors, rows)) });
          for (const one of done) keeper.free(one);
        }
        work(0);
      }),
    );
  });

  const ofRows = (rows: number): readonly [InputTensor[], number[]] => [
    [tensor('float32', rows, 2, 0)],
    Array.from({ length: rows }, (_, row) => row),
  ];

  it('use the same memory again', () => {
    const keeper = new RowKeeper({ rows: 8, bytes: 1000 });
    const memory = new Set<unknown>();
    for (let i = 0; i < 20; i++) {
      const kept = [ofRows(5), ofRows(3)].map((batch) => keeper.keep(...batch));
      const { tensors, batches } = keeper.together(kept);
      expect(batches).toBe(2);
      memory.add((tensors[0]!.values as Float32Array).buffer);
      for (const one of kept) keeper.free(one);
    }
    expect(memory.size).toBe(1);
  });

  it('keep the memory of a batch that is larger than a block no longer than the batch', () => {
    const keeper = new RowKeeper({ rows: 8, bytes: 1000 });
    const sizes = [8, 9, 8].map((rows) => {
      const kept = keeper.keep(...ofRows(rows));
      const { tensors } = keeper.together([kept]);
      keeper.free(kept);
      return (tensors[0]!.values as Float32Array).buffer.byteLength / 8;
    });
    expect(sizes).toEqual([8, 9, 8]);
  });
});
