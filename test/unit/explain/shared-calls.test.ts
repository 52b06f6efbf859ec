import { shareCalls } from '../../../src/explain/shared-calls.ts';
import { nextTurn } from '../../../src/runtime/next-turn.ts';

/** Doubles each number, and keeps the rows of each call. */
function doubling(): {
  readonly calls: number[];
  readonly ask: ReturnType<typeof shareCalls>;
} {
  const calls: number[] = [];
  const ask = shareCalls((matrix, rows) => {
    calls.push(rows);
    if (matrix.includes(-1)) throw new TypeError('no such row');
    return Float64Array.from(matrix, (value) => 2 * value);
  }, 2);
  return { calls, ask };
}

describe('requests of one turn of the event loop', () => {
  it('share a call, and each gets its own rows', async () => {
    const { calls, ask } = doubling();
    const answers = await Promise.all([
      ask(Float32Array.of(1, 2), 1),
      ask(Float32Array.of(3, 4, 5, 6), 2),
      ask(Float32Array.of(), 0),
      ask(Float32Array.of(7, 8), 1),
    ]);
    expect(answers.map((values) => [...values])).toEqual([[2, 4], [6, 8, 10, 12], [], [14, 16]]);
    expect(calls).toEqual([4]);
  });

  it('do not wait for a later turn', async () => {
    const { calls, ask } = doubling();
    await ask(Float32Array.of(1, 2), 1);
    await ask(Float32Array.of(3, 4), 1);
    expect(calls).toEqual([1, 1]);
  });

  it('take another call where they are many', async () => {
    const { calls, ask } = doubling();
    const sizes = [300, 212, 1, 1024, 2];
    const answers = await Promise.all(
      sizes.map((rows, i) => ask(new Float32Array(2 * rows).fill(i), rows)),
    );
    await nextTurn();
    expect(calls).toEqual([512, 1, 1024, 2]);
    expect(answers.map(({ length, ...values }) => [length, values[0], values[length - 1]])).toEqual(
      sizes.map((rows, i) => [2 * rows, 2 * i, 2 * i]),
    );
  });

  it('all fail if the call fails, and later ones do not', async () => {
    const { ask } = doubling();
    const both = [ask(Float32Array.of(1, 2), 1), ask(Float32Array.of(-1, 2), 1)];
    const failed = await Promise.allSettled(both);
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect([...(await ask(Float32Array.of(1, 2), 1))]).toEqual([2, 4]);
  });
});
