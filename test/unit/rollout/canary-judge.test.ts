import { CanaryJudge, lowerBound, type StopWhen } from '../../../src/rollout/canary-judge.ts';

const judge = (limits: Partial<StopWhen>): CanaryJudge =>
  new CanaryJudge({ minEvents: 100, ...limits });
const NOTHING = { rows: 0, compared: 0, flips: 0, failed: 0 };
const rows = (count: number, more: object = {}) => ({
  ...NOTHING,
  rows: count,
  compared: count,
  ...more,
});

describe('the judge of a canary', () => {
  it('lets it go on without limits, whatever it does', () => {
    const own = judge({});
    expect(own.add(rows(10_000, { flips: 10_000, failed: 10_000, slower: 99 }))).toBeUndefined();
    expect(own.wantsTimes).toBe(false);
  });

  it('stops it if it decides otherwise too often', () => {
    const own = judge({ flipRate: 0.02 });
    expect(own.add(rows(1000, { flips: 20 }))).toBeUndefined();
    expect(own.add(rows(1000, { flips: 80 }))).toBe(
      'it decides otherwise than the champion for 100 of 2000 events; stopWhen.flipRate is 0.02',
    );
  });

  it('does not judge few events, and not where it is not sure', () => {
    const own = judge({ flipRate: 0.02 });
    expect(own.add(rows(99, { flips: 99 }))).toBeUndefined();
    expect(judge({ flipRate: 0.02 }).add(rows(200, { flips: 8 }))).toBeUndefined(); // 4 %, by accident?
    expect(judge({ flipRate: 0.02 }).add(rows(20_000, { flips: 800 }))).toBeDefined();
  });

  it('stops it if it has no score too often, also with a limit of 0', () => {
    expect(judge({ deadLetterRatio: 0.05 }).add(rows(1000, { failed: 60 }))).toBeUndefined();
    expect(judge({ deadLetterRatio: 0.05 }).add(rows(1000, { failed: 120 }))).toBe(
      'it has no score for 120 of 1000 events that the champion scores; stopWhen.deadLetterRatio is 0.05',
    );
    expect(judge({ deadLetterRatio: 0 }).add(rows(1000))).toBeUndefined();
    expect(judge({ deadLetterRatio: 0 }).add(rows(1000, { failed: 1 }))).toBeDefined();
  });

  it('stops it if its model is slower beyond doubt', () => {
    const own = judge({ latencyRatio: 2 });
    expect(own.wantsTimes).toBe(true);
    expect(own.add(rows(1000))).toBeUndefined();
    const said = Array.from({ length: 10 }, (_, i) =>
      own.add({ ...NOTHING, slower: i % 2 === 0 ? 3.1 : 2.9 }),
    );
    expect(said.slice(0, 9)).toEqual(new Array(9).fill(undefined));
    expect(said[9]).toBe(
      'it needs 3.0 times as long as the champion for the same events; stopWhen.latencyRatio is 2',
    );
  });

  it('does not stop it for a few slow batches', () => {
    const own = judge({ latencyRatio: 2 });
    own.add(rows(1000));
    for (let i = 0; i < 200; i++)
      expect(own.add({ ...NOTHING, slower: i % 20 === 0 ? 50 : 1.2 })).toBeUndefined();
  });

  it('has bounds within which a rate lies', () => {
    expect(lowerBound(0, 0)).toBe(0);
    expect(lowerBound(0, 1000)).toBeCloseTo(0, 12);
    expect(lowerBound(1000, 1000)).toBeCloseTo(1000 / 1009, 9);
    expect(lowerBound(50, 1000)).toBeLessThan(0.05);
    expect(lowerBound(5000, 100_000)).toBeGreaterThan(0.047);
  });
});
