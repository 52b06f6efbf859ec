import type { Model } from '../../../src/infer/model.ts';
import { withTiming } from '../../../src/infer/timing.ts';

describe('the time of a model', () => {
  it('is that of each batch alone, though several are asked for at once', async () => {
    let now = 1000;
    const asked: (() => void)[] = [];
    const scores = {
      models: [{ name: 'm', version: '1', sha256: 'ab' }],
      modelOf: null,
      score: new Float64Array(1),
      classes: null,
      perClass: null,
    };
    const model = withTiming(
      {
        score: () => {
          const { promise, resolve } = Promise.withResolvers<typeof scores>();
          asked.push(() => {
            resolve(scores);
          });
          return promise;
        },
      } as unknown as Model,
      () => now,
    );
    const done = async (
      i: number,
      at: number,
      answer: Promise<{ seconds?: number }>,
    ): Promise<number | undefined> => {
      now = at;
      asked[i]!();
      return (await answer).seconds;
    };
    const [first, second] = [model.score([], 1), model.score([], 1)];
    expect(asked).toHaveLength(2); // neither waits for the other
    expect(await done(0, 1200, first)).toBeCloseTo(0.2);
    expect(await done(1, 1250, second)).toBeCloseTo(0.05);
    now = 5000;
    const third = model.score([], 1);
    expect(await done(2, 5100, third)).toBeCloseTo(0.1);
  });
});
