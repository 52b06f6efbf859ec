import fc from 'fast-check';
import { splitScores } from '../../../src/flow/split-scores.ts';
import type { Scores } from '../../../src/flow/scores.ts';

/** Batches with some of their rows. */
const batches = fc
  .array(fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 5 })
  .map((all) =>
    all.map((picked) => ({
      size: picked.length,
      rows: picked.flatMap((isPicked, row) => (isPicked ? [row] : [])),
    })),
  );

describe('rows of several batches that were scored together', () => {
  it('have their own scores', () => {
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
