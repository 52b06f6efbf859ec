import { HIT_APIS, NETWORK_KINDS, planNetworkFaults } from '../../../../chaos/network/schedule.ts';

describe('the schedule of network faults', () => {
  it('is the same for the same seed, another for another, and begins the same however many follow', () => {
    const plan = planNetworkFaults({ seed: 7, count: 60 });
    expect(planNetworkFaults({ seed: 7, count: 60 })).toEqual(plan);
    expect(planNetworkFaults({ seed: 7, count: 20 })).toEqual(plan.slice(0, 20));
    expect(planNetworkFaults({ seed: 8, count: 60 })).not.toEqual(plan);
  });

  it('has 12 kinds and more, and each hits all requests', () => {
    expect(NETWORK_KINDS.length).toBeGreaterThanOrEqual(12);
    const plan = planNetworkFaults({ seed: 1, count: NETWORK_KINDS.length * HIT_APIS.length });
    for (const kind of NETWORK_KINDS) {
      expect(new Set(plan.filter((fault) => fault.kind === kind).map(({ api }) => api))).toEqual(
        new Set(HIT_APIS),
      );
    }
  });

  it('has only the kinds and requests that were asked for', () => {
    const plan = planNetworkFaults({
      seed: 1,
      count: 20,
      kinds: ['held-request', 'refused'],
      apis: ['EndTxn'],
    });
    expect(new Set(plan.map(({ kind }) => kind))).toEqual(new Set(['held-request', 'refused']));
    expect(new Set(plan.map(({ api }) => api))).toEqual(new Set(['EndTxn']));
  });

  it('holds a frame from one second to 30, or as long as it is told', () => {
    const times = (longestHoldMs?: number): number[] =>
      planNetworkFaults({
        seed: 2,
        count: 500,
        ...(longestHoldMs === undefined ? {} : { longestHoldMs }),
      }).map(({ holdMs }) => holdMs);
    expect(Math.min(...times())).toBeGreaterThanOrEqual(1000);
    expect(Math.max(...times())).toBeGreaterThan(25_000);
    expect(Math.max(...times())).toBeLessThanOrEqual(30_000);
    expect(Math.max(...times(2000))).toBeLessThanOrEqual(2000);
  });
});
