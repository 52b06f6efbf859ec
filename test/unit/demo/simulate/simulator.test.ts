import { DEMO_WORLD } from '../../../../src/demo/simulate/demo-world.ts';
import {
  simulate,
  type SimulatedTransaction,
  type SimulatorOptions,
} from '../../../../src/demo/simulate/simulator.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 1);
/** As many terminals a customer as in the world of the models, at a tenth of its size. */
const WORLD: SimulatorOptions = {
  seed: 11,
  customers: 1500,
  terminals: 3000,
  days: 60,
  start: START,
};
const TINY: SimulatorOptions = {
  seed: 11,
  customers: 40,
  terminals: 60,
  days: 5,
  start: START,
  radius: 20,
};

let all: SimulatedTransaction[];
beforeAll(() => {
  all = [...simulate(WORLD)];
});

const dayOf = ({ event }: SimulatedTransaction): number =>
  Math.floor((event.eventTime - START) / DAY);
const of = (scenario: number): SimulatedTransaction[] => all.filter((t) => t.scenario === scenario);

/** First to last day of a scenario, per customer or terminal, in days. */
function spans(scenario: number, key: 'customerId' | 'terminalId'): number[] {
  return [...Map.groupBy(of(scenario), ({ event }) => event[key]).values()].map(
    (struck) => dayOf(struck.at(-1)!) - dayOf(struck[0]!) + 1,
  );
}

describe('the simulator', () => {
  it('gives the same transactions for the same options, others for another seed', () => {
    expect([...simulate(TINY)]).toEqual([...simulate({ ...TINY })]);
    expect([...simulate({ ...TINY, seed: 12 })]).not.toEqual([...simulate(TINY)]);
  });

  it('gives the same beginning to a longer simulation', () => {
    const short = [...simulate(TINY)];
    expect([...simulate({ ...TINY, days: 9 })].slice(0, short.length)).toEqual(short);
  });

  it('gives them in order of time, within its days, each with an id of its own', () => {
    const times = all.map(({ event }) => event.eventTime);
    expect(times.filter((time, i) => i > 0 && time < times[i - 1]!)).toEqual([]);
    expect(times[0]).toBeGreaterThan(START);
    expect(times.at(-1)).toBeLessThan(START + WORLD.days * DAY);
    expect(new Set(all.map(dayOf)).size).toBe(WORLD.days);
    expect(new Set(all.map(({ event }) => event.transactionId)).size).toBe(all.length);
  });

  it('has habits: about two transactions a customer and day, most around noon, amounts of 5 to 100 on average', () => {
    // 3 % of the times fall outside the day
    expect(all.length / (WORLD.customers * WORLD.days)).toBeCloseTo(2 * 0.97, 1);
    const hours = all.map(({ event }) => (event.eventTime % DAY) / 3_600_000);
    expect(hours.reduce((sum, hour) => sum + hour, 0) / hours.length).toBeCloseTo(12, 0);
    expect(
      hours.filter((hour) => Math.abs(hour - 12) < 20_000 / 3600).length / hours.length,
    ).toBeCloseTo(0.7, 1);
    const amounts = of(0).map(({ event }) => event.amount);
    const mean = amounts.reduce((sum, amount) => sum + amount, 0) / amounts.length;
    expect(mean).toBeGreaterThan(48);
    expect(mean).toBeLessThan(60);
    expect(amounts.filter((amount) => amount <= 0 || Number(amount.toFixed(2)) !== amount)).toEqual(
      [],
    );
  });

  it('lets nobody shop out of reach, but for those who have nothing in reach', () => {
    const shops = (radius: number): number[] => {
      const byCustomer = Map.groupBy(
        [...simulate({ ...TINY, days: 40, radius })],
        ({ event }) => event.customerId,
      );
      return [...byCustomer.values()].map(
        (own) => new Set(own.map(({ event }) => event.terminalId)).size,
      );
    };
    expect(new Set(shops(0))).toEqual(new Set([1]));
    expect(Math.max(...shops(10))).toBeLessThan(Math.max(...shops(150)));
  });

  it('calls a transaction a fraud exactly when a scenario made it one, in a plausible share', () => {
    expect(all.filter(({ fraud, scenario }) => fraud !== (scenario !== 0))).toEqual([]);
    const share = (scenario: number): number => of(scenario).length / all.length;
    // Expected from the scenarios' definitions; a compromised terminal or customer has the traffic
    // of any other.
    const terminals = (2 * 28) / WORLD.terminals;
    const customers = (3 * 14) / WORLD.customers / 3;
    expect(share(1)).toBeGreaterThan(0.0002);
    expect(share(1)).toBeLessThan(0.002);
    expect(share(2) / terminals).toBeGreaterThan(0.6);
    expect(share(2) / terminals).toBeLessThan(1.2);
    expect(share(3) / customers).toBeGreaterThan(0.7);
    expect(share(3) / customers).toBeLessThan(1.2);
  });

  it('scenario 1: every amount above 220 is a fraud, and none of its own is lower', () => {
    expect(of(1).length).toBeGreaterThan(50);
    expect(of(1).filter(({ event }) => event.amount <= 220)).toEqual([]);
    expect(of(0).filter(({ event }) => event.amount > 220)).toEqual([]);
  });

  it('scenario 2: on a day on which a terminal is compromised, all its transactions are frauds, for 28 days', () => {
    const key = (t: SimulatedTransaction): string => `${t.event.terminalId} ${dayOf(t)}`;
    const compromised = new Set(of(2).map(key));
    expect(all.filter((t) => compromised.has(key(t)) && !t.fraud)).toEqual([]);
    const lengths = spans(2, 'terminalId');
    // A few are compromised twice; of the rest none goes on beyond, and 28 is the commonest:
    // terminals are used daily.
    const lasting = (days: number): number => lengths.filter((length) => length === days).length;
    expect(lengths.filter((length) => length <= 28).length / lengths.length).toBeGreaterThan(0.9);
    expect(lasting(28)).toBeGreaterThan(lasting(27));
    expect(lasting(28)).toBeGreaterThan(lengths.length / 10);
  });

  it('scenario 3: a third of the transactions of a compromised customer, with amounts 5 times as high, for 14 days', () => {
    const lengths = spans(3, 'customerId').toSorted((a, b) => a - b);
    const once = lengths.filter((length) => length <= 14);
    expect(once.length / lengths.length).toBeGreaterThan(0.85);
    expect(once.at(-1)).toBe(14);

    const usual = Map.groupBy(of(0), ({ event }) => event.customerId);
    const factors = of(3).flatMap(({ event }) => {
      const own = usual.get(event.customerId) ?? [];
      const mean = own.reduce((sum, { event: { amount } }) => sum + amount, 0) / own.length;
      return own.length < 30 ? [] : [event.amount / mean];
    });
    expect(factors.length).toBeGreaterThan(200);
    const factor = factors.reduce((sum, f) => sum + f, 0) / factors.length;
    expect(factor).toBeGreaterThan(4.5);
    expect(factor).toBeLessThan(5.5);
  });
});

describe("the demo's world", () => {
  it('begins when every window has its history: 30 days that ended 7 days ago', () => {
    expect(DEMO_WORLD.skipDays).toBeGreaterThanOrEqual(30 + 7);
    expect(DEMO_WORLD.skipDays).toBeLessThan(DEMO_WORLD.days);
  });

  it('gives 50,000 transactions and more after that', () => {
    const expected = DEMO_WORLD.customers * 2 * 0.97 * (DEMO_WORLD.days - DEMO_WORLD.skipDays);
    expect(expected).toBeGreaterThan(50_000);
  });
});
