import { Calibrator, isotonicKnots } from '../../../src/monitor/calibrator.ts';
import { CalibratorBuilder } from '../../../src/monitor/calibrator-builder.ts';
import { Fates } from '../../../src/flow/fates.ts';
import { Random } from '../../support/memory/random.ts';

function simulated(rows: number, rateOf: (score: number) => number) {
  const random = new Random(3);
  const scores = Float64Array.from({ length: rows }, () => random.next());
  const labels = Uint8Array.from(scores, (score) => (random.chance(rateOf(score)) ? 1 : 0));
  return { scores, labels };
}

it('has few knots, and is still close to the rates', () => {
  const { scores, labels } = simulated(200_000, (score) => score ** 3);
  const { knots } = isotonicKnots(scores, labels)!;
  expect(knots.length).toBeLessThanOrEqual(200);
  expect(knots.every(([score], i) => i === 0 || score > knots[i - 1]![0])).toBe(true);
  const calibrator = new Calibrator(knots);
  for (const score of [0.05, 0.3, 0.5, 0.7, 0.95])
    expect(Math.abs(calibrator.of(score) - score ** 3)).toBeLessThan(0.02);
});

it('needs labels of both kinds', () => {
  expect(isotonicKnots(Float64Array.of(0.1, 0.2), Uint8Array.of(1, 1))).toBeUndefined();
  expect(isotonicKnots(new Float64Array(0), new Uint8Array(0))).toBeUndefined();
});

it('is built from the living rows with a label', () => {
  const builder = new CalibratorBuilder(1);
  const fates = new Fates(5);
  fates.kill(1, 'decode', 'AVRO_TRUNCATED', '');
  const none = 255;
  builder.add(Float64Array.of(0.1, 0.5, 0.6, 0.9, 0.9), Uint8Array.of(0, 1, none, 1, 0), fates);
  const { scores, labels } = simulated(10_000, () => 0);
  builder.add(
    scores.map((score) => score / 100),
    labels,
    new Fates(10_000),
  );
  const { knots, ...counts } = builder.build()!;
  expect(counts).toEqual({ rows: 10_003, positives: 1 });
  expect(knots.at(-1)).toEqual([0.9, 0.5]);
});
