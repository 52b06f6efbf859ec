import { Degradation } from '../../../src/compose/degradation.ts';
import { unscoredStage } from '../../../src/compose/on-failure.ts';
import { Fates } from '../../../src/flow/fates.ts';
import type { Outcome } from '../../../src/flow/outcome.ts';
import type { Scores } from '../../../src/flow/scores.ts';
import { SILENT } from '../../../src/observe/logger.ts';
import { Metrics } from '../../../src/observe/metrics.ts';
import { problemsOf } from '../../support/thrown.ts';

const scoresWith = (more: Partial<Scores>): Scores =>
  ({ models: [], modelOf: null, score: Float64Array.of(0.5, NaN), ...more }) as unknown as Scores;

it('reports events without a score, and ends by itself', async () => {
  const metrics = new Metrics();
  const reports = { metrics, logger: SILENT };
  const degradation = new Degradation('HOLD', reports, () => new Date(0));
  const deliver = (scores: Scores, fates = new Fates(2)): void => {
    const outcome: Pick<Outcome, 'scores' | 'fates' | 'rows'> = {
      scores,
      fates,
      rows: Int32Array.of(0, 1),
    };
    degradation.delivered(outcome);
  };
  expect(degradation.detail()).toEqual([]);
  const degraded = [{ row: 1, code: 'INFERENCE_TIMEOUT' as const }];
  deliver(scoresWith({ degraded }));
  deliver(scoresWith({ degraded }));
  const refused = new Fates(2);
  refused.kill(1, 'produce', 'OUTPUT_TOO_LARGE', '');
  expect(degradation.detail()).toEqual([
    'model degraded since 1970-01-01T00:00:00.000Z: 2 events got the decision HOLD without a score (INFERENCE_TIMEOUT)',
  ]);
  const { values } = await metrics.recordsDegraded.get();
  expect(values).toMatchObject([{ value: 2, labels: { code: 'INFERENCE_TIMEOUT' } }]);
  deliver(scoresWith({ degraded }), refused);
  expect(degradation.detail()).toEqual([]);
});

it('waits for a living event without a score, and for no dead one', async () => {
  const wait = unscoredStage('wait');
  const scores = scoresWith({ timedOut: [1] });
  expect(await problemsOf(() => wait(scores, new Fates(2)))).toMatchObject([
    { code: 'MODEL_UNAVAILABLE', where: 'model.onFailure' },
  ]);
  const dead = new Fates(2);
  dead.kill(1, 'map', 'FIELD_NULL', 'it is null');
  expect(wait(scores, dead)).toBe(scores);
  expect(dead.rejects).toHaveLength(1);
});
