import type { Events } from '../../../src/flow/events.ts';
import { Fates } from '../../../src/flow/fates.ts';
import type { Scores } from '../../../src/flow/scores.ts';
import { degradeUnscored, killUnscored, withScores } from '../../../src/flow/unscored.ts';

const scores = (): Scores => ({
  models: [{ name: 'm', version: '1', sha256: '' }],
  modelOf: null,
  score: Float64Array.of(0.5, NaN, NaN, NaN, NaN, Infinity),
  classes: null,
  perClass: null,
  timedOut: [1],
  failed: [
    { row: 2, why: 'it divides' },
    { row: 3, why: 'it ended', crashed: true },
  ],
});
const deadIn = (fates: Fates): string[] => fates.rejects.map(({ row, code }) => `${row} ${code}`);

it('kills every row without a score, with its reason', () => {
  const fates = new Fates(6);
  killUnscored(scores(), fates);
  expect(deadIn(fates)).toEqual([
    '1 INFERENCE_TIMEOUT',
    '2 INFERENCE_FAILED',
    '3 INFERENCE_CRASHED',
    '4 SCORE_NOT_FINITE',
    '5 SCORE_NOT_FINITE',
  ]);
});

it('lets rows live that the model has no answer for, but no bad answer and no bad event', () => {
  const fates = new Fates(6);
  fates.kill(2, 'map', 'FIELD_NULL', 'it was dead before');
  const result = degradeUnscored(scores(), fates);
  expect(result.degraded).toEqual([
    { row: 1, code: 'INFERENCE_TIMEOUT' },
    { row: 3, code: 'INFERENCE_CRASHED' },
  ]);
  expect(deadIn(fates)).toEqual(['2 FIELD_NULL', '4 SCORE_NOT_FINITE', '5 SCORE_NOT_FINITE']);
  const events = { fates } as Events;
  const seen = withScores(events, result).fates;
  expect([0, 1, 2, 3].map((row) => seen.isAlive(row))).toEqual([true, false, false, false]);
  expect(fates.isAlive(1)).toBe(true);
  expect(withScores(events, killUnscored({ ...scores(), timedOut: [] }, fates))).toBe(events);
});
