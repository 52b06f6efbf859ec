import { createModelSession, runOnce } from './made-models.ts';
import { makeModel } from '../../../bench/models.ts';
import { makeEvents } from '../../../bench/made-work.ts';
import { growTree } from '../../../bench/random-trees.ts';
import { Random } from '../../../src/demo/simulate/random.ts';
import { pointsOf, readAxes } from '../../../bench/sweep-points.ts';
import { parseStages } from '../../../bench/stages.ts';

describe('what sweeps are made of', () => {
  it.each(['lightgbm', 'xgboost', 'mlp', 'linear', 'strings'] as const)(
    'makes a %s model that runs',
    async (kind) => {
      const { bytes, inputs, score } = makeModel(kind, 12);
      const session = await createModelSession(bytes);
      const { dims, data } = await runOnce(session, inputs, kind === 'strings', score.tensor);
      expect(dims).toEqual([1, score.column + 1]);
      const value = Number(data[score.column]);
      expect(value > 0 && value < 1).toBe(true);
    },
  );

  it('grows trees to the size asked for', () => {
    const leaves = (growth: { leaves: number } | { depth: number }): number =>
      growTree(new Random(1), 5, growth).filter(({ children }) => children === undefined).length;
    expect(leaves({ leaves: 31 })).toBe(31);
    expect(leaves({ depth: 6 })).toBe(64);
  });

  it.each([200, 1000, 4000, 10_000])('pads events to %i bytes', (eventBytes) => {
    const events = makeEvents({ kind: 'linear', columns: 15, eventBytes }, 7, 3);
    expect(events.map(({ value }) => value.length)).toEqual([eventBytes, eventBytes, eventBytes]);
  });

  it('knows its axes', () => {
    expect(pointsOf(readAxes('processes,guarantee')).map(({ label }) => label)).toEqual([
      '1',
      '2',
      'at-least-once',
      'exactly-once',
    ]);
    expect(() => readAxes('colour')).toThrow(RangeError);
  });

  it('sums a stage over processes', () => {
    const line = (process: number, value: number): string =>
      `stream_scorer_stage_duration_seconds_sum{stage="map",process="${process}"} ${value}`;
    expect(parseStages(`${line(0, 1)}\n${line(1, 2.5)}\nother 3`)).toEqual({ map: 3.5 });
  });
});
