import type { Output } from './world/monitor.ts';
import type { World } from './world/world.ts';
import { DELIVERIES, eachWorld, partitionsOf } from './world/worlds.ts';

const { SMALL } = await import('./world/policy.ts');
const { EVENTS, LOSSY } = await import('./world/world.ts');

const scoresOf = (world: World, partition?: number): Output[] =>
  world.monitor.outputs(partition).filter(({ topic }) => topic === 'out');

/** The policies that the first score of each offset of a partition names, in their order. */
function policiesOf(world: World, partition: number): number[] {
  const scores = scoresOf(world, partition);
  const first = new Map(scores.toReversed().map(({ from, policy }) => [from.offset, policy]));
  return [...first].toSorted(([a], [b]) => a - b).map(([, policy]) => Number(policy));
}

/** What a policy with this number decides about a score, and by what. */
function verdictOf({ became, policy }: Output): readonly string[] {
  return Number(became) < SMALL ? [`small-${policy}`, 'rule:small'] : [`band-${policy}`, 'bands'];
}

describe.each(DELIVERIES)('%s', (delivery) => {
  it.each([
    ['where nothing is lost', { request: 0, answer: 0, late: 0 }],
    ['though batches are scored again after outages', { ...LOSSY, request: 0.3 }],
  ])('a policy decides from one offset of each partition on, %s', async (_where, faults) => {
    const seen = new Set<number>();
    const plan = {
      delivery,
      policy: true,
      bad: 0,
      members: 1,
      faults,
      events: ['decree'] as const,
    };
    await eachWorld({ ...plan, records: 80 }, [800, 804], (world) => {
      for (const partition of partitionsOf(world)) {
        const policies = policiesOf(world, partition);
        expect(policies).toHaveLength(80);
        expect(policies).toEqual(policies.toSorted((a, b) => a - b));
        for (const policy of policies) seen.add(policy);
      }
      expect(world.failures).toEqual([]);
    });
    expect(seen.size).toBeGreaterThan(2);
  });

  it('a score has the decision of the policy that it names, through retries, swaps and rebalances', async () => {
    const events = [...EVENTS, 'publish', 'decree', 'decree', 'decree'] as const;
    const seen = new Set<string>();
    await eachWorld({ delivery, policy: true, events }, [810, 816], (world) => {
      for (const score of scoresOf(world)) {
        expect([score.decision, score.decidedBy]).toEqual(verdictOf(score));
        seen.add(String(score.policy));
      }
      expect(world.done).toBe(true);
      expect(world.monitor.wrong).toEqual([]);
      expect(world.failures).toEqual([]);
    });
    expect(seen.size).toBeGreaterThan(2);
  });
});
