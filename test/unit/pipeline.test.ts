import { Fates } from '../../src/flow/fates.ts';
import type { Scores } from '../../src/flow/scores.ts';
import { createPipeline, type Stages } from '../../src/pipeline.ts';
import { batchOf } from '../support/avro-given.ts';

describe('rows without a score', () => {
  it('are dead letters with the code of what kept them from one', async () => {
    const fates = new Fates(5);
    const scores = {
      score: Float64Array.of(0, 1, 2, NaN, 4),
      timedOut: [0],
      failed: [
        { row: 1, why: 'it fails' },
        { row: 2, why: 'it crashes', crashed: true },
      ],
    } as unknown as Scores;
    const stages = {
      decode: () => Promise.resolve({ fates }),
      map: () => [],
      infer: () => Promise.resolve(scores),
      decide: () => null,
      encode: () => ({ records: [], rows: Int32Array.of(4) }),
    } as unknown as Stages;
    const outcome = await createPipeline(stages, () => 0)(batchOf([]));
    expect(outcome.fates.alive).toBe(1);
    expect(
      fates.rejects.map(({ row, stage, code, message }) => [
        row,
        stage,
        code,
        message.split(': ')[1],
      ]),
    ).toEqual([
      [0, 'infer', 'INFERENCE_TIMEOUT', undefined],
      [1, 'infer', 'INFERENCE_FAILED', 'it fails'],
      [2, 'infer', 'INFERENCE_CRASHED', 'it crashes'],
      [3, 'infer', 'SCORE_NOT_FINITE', undefined],
    ]);
  });
});
