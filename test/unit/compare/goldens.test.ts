import { readFileSync } from 'node:fs';
import type { Side } from '../../../src/compare/compared-batch.ts';
import { LabelTable } from '../../../src/compare/label-table.ts';
import { batch, comparison, labels, subject } from './given.ts';

interface Quality {
  readonly decisions: Readonly<
    Record<string, Readonly<Record<'precision' | 'recall' | 'amount' | 'positiveAmount', number>>>
  >;
  readonly precision: number;
  readonly recall: number;
  readonly falsePositiveRate: number;
  readonly caughtAmount: number;
  readonly missedAmount: number;
  readonly falseAlarmAmount: number;
  readonly rocAuc: number;
  readonly averagePrecision: number;
}

interface CapacityGolden {
  readonly perDay: number;
  readonly onAverage: Readonly<
    Record<'threshold' | 'reviewed' | 'max' | 'precision' | 'recall', number>
  >;
  readonly everyDay: { readonly threshold: number; readonly reviewed: number };
  readonly byDay: readonly (number | null)[];
}

interface Golden {
  readonly start: string;
  readonly events: readonly Readonly<
    Record<'a' | 'b' | 'amount' | 'day', number> & { label: 0 | 1 }
  >[];
  readonly flips: Readonly<Record<string, number>>;
  readonly difference: Readonly<Record<'mean' | 'meanAbsolute' | 'maxAbsolute', number>>;
  readonly histogram: Readonly<Record<Side, readonly number[]>>;
  readonly scores: Readonly<
    Record<
      Side,
      Readonly<Record<'count' | 'min' | 'max' | 'mean', number>> & {
        readonly quantiles: Readonly<Record<string, number>>;
      }
    >
  >;
  readonly quality: Readonly<Record<Side, Quality>>;
  readonly capacity: Readonly<Record<Side, CapacityGolden>>;
}

/** What numpy and scikit-learn compute: scripts/goldens/compare_statistics.py. */
const golden = JSON.parse(readFileSync('test/data/compare-goldens.json', 'utf8')) as Golden;
const { events } = golden;
const DAY_MS = 86_400_000;

function compared(descending: boolean) {
  const identity = { ...subject().a, descending };
  const whole = comparison({
    subject: subject({ a: identity, b: identity, amount: 'amount', labels: 'id' }),
    times: true,
    labels: new LabelTable(10),
    capacity: golden.capacity.a.perDay,
  });
  const sign = descending ? -1 : 1;
  for (let from = 0; from < events.length; from += 97) {
    const some = events.slice(from, from + 97);
    whole.add(
      batch(
        some.map(({ a }) => sign * a),
        some.map(({ b }) => sign * b),
        {
          amount: Float64Array.from(some, ({ amount }) => amount),
          label: labels(some.map(({ label }) => label)),
          time: Float64Array.from(some, ({ day }, i) => {
            return Date.parse(golden.start) + day * DAY_MS + i * 1000;
          }),
        },
        from,
      ),
    );
  }
  return whole.report();
}

const report = compared(false);
const close = (value: number): unknown => expect.closeTo(value, 12);

describe('the figures of a comparison, against numpy and scikit-learn', () => {
  it('flips and differences', () => {
    const flips = report.flips.map(({ from, to, count }) => [`${from} ${to}`, count]);
    expect(Object.fromEntries(flips)).toEqual(golden.flips);
    expect(report.all.difference.mean).toBeCloseTo(golden.difference.mean, 14);
    expect(report.all.difference.meanAbsolute).toBeCloseTo(golden.difference.meanAbsolute, 14);
    expect(report.all.difference.maxAbsolute).toBe(golden.difference.maxAbsolute);
  });

  it.each(['a', 'b'] as const)('the distribution of %s', (side) => {
    const { mean, quantiles, ...exact } = golden.scores[side];
    expect(report.scores[side]).toMatchObject(exact);
    expect(report.scores[side].mean).toBeCloseTo(mean, 12);
    expect(Object.keys(report.scores[side].quantiles)).toEqual(Object.keys(quantiles));
    for (const [q, value] of Object.entries(quantiles))
      expect(report.scores[side].quantiles[q]).toBeCloseTo(value, 14);
    expect(report.histogram).toMatchObject({ from: 0, to: 1, [side]: golden.histogram[side] });
  });

  it.each(['a', 'b'] as const)('precision, recall and money of %s', (side) => {
    const own = golden.quality[side];
    const { decisions, alarms } = report.all.quality![side];
    expect(decisions.map(({ decision }) => decision)).toEqual(Object.keys(own.decisions));
    for (const { decision, precision, recall, amount } of decisions) {
      const wanted = own.decisions[decision]!;
      expect({ precision, recall }).toEqual({
        precision: wanted.precision,
        recall: wanted.recall,
      });
      expect(amount!.all).toBeCloseTo(wanted.amount, 8);
      expect(amount!.positives).toBeCloseTo(wanted.positiveAmount, 8);
    }
    expect(alarms).toMatchObject({
      precision: own.precision,
      recall: own.recall,
      falsePositiveRate: own.falsePositiveRate,
      unscored: 0,
      amount: {
        caught: expect.closeTo(own.caughtAmount, 8) as number,
        missed: expect.closeTo(own.missedAmount, 8) as number,
        falseAlarms: expect.closeTo(own.falseAlarmAmount, 8) as number,
      },
    });
  });

  it.each(['a', 'b'] as const)('areas under the curves of %s', (side) => {
    const { rocAuc, averagePrecision } = golden.quality[side];
    expect(report.ranking![side]).toMatchObject({
      rocAuc: close(rocAuc),
      averagePrecision: close(averagePrecision),
    });
  });

  it.each(['a', 'b'] as const)('the thresholds that a capacity needs, for %s', (side) => {
    const { onAverage, everyDay, byDay } = golden.capacity[side];
    const found = report.capacity![side];
    expect(found).toMatchObject({ days: 5, withoutTime: 0 });
    expect(found.onAverage).toMatchObject({
      threshold: onAverage.threshold,
      reviewed: onAverage.reviewed,
      perDay: { mean: onAverage.reviewed / 5, max: onAverage.max },
      found: { precision: onAverage.precision, recall: onAverage.recall },
    });
    expect(found.everyDay).toMatchObject(everyDay);
    expect(found.byDay.map(({ threshold }) => threshold)).toEqual(byDay);
  });

  it('are mirrored where lower scores are worse', () => {
    const mirrored = compared(true);
    const { threshold } = golden.capacity.b.onAverage;
    expect(mirrored.capacity!.b.onAverage).toMatchObject({
      threshold: -threshold,
      reviewed: golden.capacity.b.onAverage.reviewed,
    });
    expect(mirrored.ranking!.b.rocAuc).toBeCloseTo(golden.quality.b.rocAuc, 12);
    const point = report.ranking!.b.curve[3]!;
    expect(mirrored.ranking!.b.curve[3]).toEqual({ ...point, threshold: -point.threshold });
  });
});
