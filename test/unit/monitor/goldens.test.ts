import { readFileSync } from 'node:fs';
import { Calibrator, isotonicKnots } from '../../../src/monitor/calibrator.ts';
import { rateAtAllTimes } from '../../../src/monitor/confidence-sequence.ts';
import { ExpectedQuality } from '../../../src/monitor/expected-quality.ts';
import { groupFigures } from '../../../src/monitor/group-figures.ts';
import { standardErrors } from '../../../src/monitor/intervals.ts';
import { binOf, QualityTally } from '../../../src/monitor/quality-tally.ts';

interface Goldens {
  readonly standardErrors: Record<string, number>;
  readonly alwaysValid: readonly {
    readonly hits: number;
    readonly of: number;
    readonly alpha: number;
    readonly bounds: readonly [number, number];
  }[];
  readonly fairness: {
    readonly cells: readonly (readonly [string, boolean, boolean, number])[];
    readonly selectionRate: Record<string, number>;
    readonly parityRatio: number;
    readonly best: string;
    readonly wilson: Record<string, readonly [number, number]>;
    readonly falsePositiveRate: Record<string, number>;
    readonly falseNegativeRate: Record<string, number>;
    readonly ratioInterval: Record<string, readonly [number, number]>;
  };
  readonly quality: {
    readonly scores: readonly number[];
    readonly labels: readonly number[];
    readonly alarms: readonly boolean[];
    readonly precision: number;
    readonly recall: number;
    readonly falsePositiveRate: number;
    readonly averagePrecision: number;
    readonly averagePrecisionOfScores: number;
    readonly rocAuc: number;
    readonly brier: number;
  };
  readonly calibration: {
    readonly scores: readonly number[];
    readonly labels: readonly number[];
    readonly grid: readonly number[];
    readonly rates: readonly number[];
    readonly falling: readonly number[];
    readonly seen: readonly number[];
    readonly threshold: number;
    readonly expectedPrecision: number;
    readonly expectedRecall: number;
  };
}

const goldens = JSON.parse(
  readFileSync(new URL('../../data/monitor-goldens.json', import.meta.url), 'utf8'),
) as Goldens;

it('standard errors are those of SciPy', () => {
  for (const [outside, z] of Object.entries(goldens.standardErrors))
    expect(standardErrors(Number(outside))).toBeCloseTo(z, 9);
});

it('bounds that hold at all times are those of SciPy', () => {
  for (const { hits, of, alpha, bounds } of goldens.alwaysValid) {
    const { low, high } = rateAtAllTimes(hits, of, alpha);
    expect([low, high].map((x, i) => Math.abs(x - bounds[i]!) < 1e-9)).toEqual([true, true]);
  }
});

it('rates, ratios and intervals of groups are those of Fairlearn and SciPy', () => {
  const { cells, selectionRate, parityRatio, best, wilson, ratioInterval } = goldens.fairness;
  const sum = (group: string, favourable?: boolean): number =>
    cells
      .filter(([of, is]) => of === group && (favourable === undefined || is === favourable))
      .reduce((total, [, , , events]) => total + events, 0);
  const groups = Object.keys(selectionRate).map((group) => ({
    group,
    rest: false,
    hits: sum(group, true),
    of: sum(group),
  }));
  const figures = groupFigures(groups, { minRatio: 0.8, alpha: 0.001 });
  for (const figure of figures) {
    const { group } = figure;
    expect(figure.best).toBe(group === best);
    expect(figure.rate).toBeCloseTo(selectionRate[group]!, 12);
    expect(figure.rateInterval.low).toBeCloseTo(wilson[group]![0], 9);
    expect(figure.rateInterval.high).toBeCloseTo(wilson[group]![1], 9);
    if (group === best) continue;
    expect(figure.ratioInterval!.low).toBeCloseTo(ratioInterval[group]![0], 9);
    expect(figure.ratioInterval!.high).toBeCloseTo(ratioInterval[group]![1], 9);
    expect(figure.alwaysValid!.low).toBeLessThan(figure.ratioInterval!.low);
    expect(figure.alwaysValid!.high).toBeGreaterThan(figure.ratioInterval!.high);
  }
  expect(Math.min(...figures.map(({ ratio }) => ratio ?? 1))).toBeCloseTo(parityRatio, 12);
});

it('precision, recall, average precision and errors are those of scikit-learn', () => {
  const { scores, labels, alarms, ...expected } = goldens.quality;
  const [whole, first, second] = [new QualityTally(), new QualityTally(), new QualityTally()];
  for (const [i, score] of scores.entries()) {
    for (const tally of [whole, i % 2 === 0 ? first : second])
      tally.add(binOf(score), score, 1 + labels[i]!, alarms[i]!);
  }
  first.merge(second);
  const { calibration: _rounded, ...merged } = first.figures(false);
  expect(whole.figures(false)).toMatchObject(merged);
  const { alarms: decided, averagePrecision, rocAuc, calibration } = whole.figures(false);
  expect(decided!.precision).toBeCloseTo(expected.precision, 12);
  expect(decided!.recall).toBeCloseTo(expected.recall, 12);
  expect(decided!.falsePositiveRate).toBeCloseTo(expected.falsePositiveRate, 12);
  expect(averagePrecision).toBeCloseTo(expected.averagePrecision, 12);
  expect(averagePrecision).toBeCloseTo(expected.averagePrecisionOfScores, 2);
  expect(rocAuc).toBeCloseTo(expected.rocAuc, 12);
  expect(calibration!.brier).toBeCloseTo(expected.brier, 12);
  const { groups } = calibration!;
  expect(groups.reduce((sum, { events }) => sum + events, 0)).toBe(scores.length);
  expect(groups.length).toBeGreaterThan(7);
});

it('a calibrator is the isotonic regression of scikit-learn, rising and falling', () => {
  const { scores, labels, grid, rates, falling } = goldens.calibration;
  for (const [sign, expected] of [
    [1, rates],
    [-1, falling],
  ] as const) {
    const signed = Float64Array.from(scores, (score) => sign * score);
    const { knots, positives } = isotonicKnots(signed, Uint8Array.from(labels))!;
    expect(positives).toBe(labels.filter((label) => label === 1).length);
    const calibrator = new Calibrator(knots);
    for (const [i, score] of grid.entries())
      expect(calibrator.of(sign * score)).toBeCloseTo(expected[i]!, 12);
  }
});

it('expected precision and recall are those of CBPE', () => {
  const { scores, labels, seen, threshold, expectedPrecision, expectedRecall } =
    goldens.calibration;
  const fitted = isotonicKnots(Float64Array.from(scores), Uint8Array.from(labels))!;
  const calibrator = new Calibrator(fitted.knots);
  const expected = new ExpectedQuality();
  for (const score of seen) {
    const rate = calibrator.of(score);
    const [alarms, caught] = score >= threshold ? [1, rate] : [0, 0];
    expected.add('1', 7, { alarms, caught, others: 1 - alarms, missed: rate - caught });
  }
  const [figures] = expected.newest;
  expect(figures!.expectedPrecision).toBeCloseTo(expectedPrecision, 12);
  expect(figures!.expectedRecall).toBeCloseTo(expectedRecall, 12);
});
