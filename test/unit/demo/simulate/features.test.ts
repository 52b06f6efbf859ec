import fc from 'fast-check';
import { simulate, type SimulatorOptions } from '../../../../src/demo/simulate/simulator.ts';
import type { Features } from '../../../../src/demo/simulate/transaction.ts';
import { naiveFeatures } from './naive-features.ts';

const DAY = 86_400_000;
/** Few people and few shops, so that many share a terminal and every scenario strikes. */
const SMALL: SimulatorOptions = {
  seed: 4,
  customers: 12,
  terminals: 10,
  days: 60,
  start: 0,
  radius: 40,
};

/**
 * Sums that were added to and taken from may differ from fresh ones in the last digits; nothing
 * else may.
 */
function expectSame(actual: Features, expected: Features): void {
  const different = (Object.keys(expected) as (keyof Features)[])
    .map((name) => ({ name, is: actual[name], should: expected[name] }))
    .filter(({ name, is, should }) =>
      name.startsWith('customerMean') ? !(Math.abs(is! / should! - 1) < 5e-10) : is !== should,
    );
  expect(different).toEqual([]);
}

describe("the simulator's features", () => {
  it('are those that the raw history gives, in any small world', () => {
    const worlds = fc.record({
      seed: fc.integer(),
      customers: fc.integer({ min: 1, max: 8 }),
      terminals: fc.integer({ min: 1, max: 8 }),
      days: fc.integer({ min: 1, max: 45 }),
      start: fc.constantFrom(0, Date.UTC(2026, 1, 27)),
      radius: fc.constantFrom(1, 30, 150),
    });
    fc.assert(
      fc.property(worlds, (world) => {
        const history = [...simulate(world)];
        for (let i = 0; i < history.length; i += 7)
          expectSame(history[i]!.event.features, naiveFeatures(history, i));
      }),
      { numRuns: 30 },
    );
  });

  it('use no label younger than 7 days, and do use those that are older', () => {
    const history = [...simulate(SMALL)];
    let older = 0;
    for (const [i, { event }] of history.entries()) {
      const young = naiveFeatures(
        history,
        i,
        (t) => t.fraud !== t.event.eventTime > event.eventTime - 7 * DAY,
      );
      expectSame(event.features, young);
      const old = naiveFeatures(
        history,
        i,
        (t) => t.fraud !== t.event.eventTime <= event.eventTime - 7 * DAY,
      );
      if (old.terminalRisk30d !== event.features.terminalRisk30d) older++;
    }
    expect(older).toBeGreaterThan(history.length / 2);
  });

  it('say null, not zero, of a terminal nobody knows anything about yet', () => {
    const history = [...simulate(SMALL)];
    const risks = history.map(
      ({ event }) => [event.features.terminalCount30d, event.features.terminalRisk30d] as const,
    );
    for (const [count, risk] of risks) expect(risk === null).toBe(count === 0);
    expect(risks.filter(([, risk]) => risk === null).length).toBeGreaterThan(0);
    expect(risks.filter(([, risk]) => risk === 0).length).toBeGreaterThan(0);
    for (const { event } of history)
      if (event.eventTime < 7 * DAY) expect(event.features.terminalRisk30d).toBeNull();
  });
});
