import { readFileSync } from 'node:fs';
import { rateAtAllTimes } from '../../../src/monitor/confidence-sequence.ts';
import { groupFigures } from '../../../src/monitor/group-figures.ts';
import { standardErrors } from '../../../src/monitor/intervals.ts';

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
    readonly ratioInterval: Record<string, readonly [number, number]>;
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
