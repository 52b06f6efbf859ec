import type { World } from './world/world.ts';
import { DELIVERIES, eachWorld, partitionsOf } from './world/worlds.ts';

const { SCORE_OF_VERSION } = await import('./world/model.ts');
const { EVENTS, LOSSY } = await import('./world/world.ts');

/** The versions that the first score of each offset of a partition names, in their order. */
function versionsOf(world: World, partition: number): number[] {
  const scores = world.monitor.outputs(partition).filter(({ topic }) => topic === 'out');
  const first = new Map(scores.toReversed().map(({ from, version }) => [from.offset, version]));
  return [...first].toSorted(([a], [b]) => a - b).map(([, version]) => Number(version));
}

describe.each(DELIVERIES)('%s', (delivery) => {
  it.each([
    ['where nothing is lost', { request: 0, answer: 0, late: 0 }],
    ['though batches are scored again after outages', { ...LOSSY, request: 0.3 }],
  ])('a version decides from one offset of each partition on, %s', async (_where, faults) => {
    const seen = new Set<number>();
    const plan = { delivery, bad: 0, members: 1, faults, events: ['publish'] as const };
    await eachWorld({ ...plan, records: 80 }, [700, 709], (world) => {
      for (const partition of partitionsOf(world)) {
        const versions = versionsOf(world, partition);
        expect(versions).toHaveLength(80);
        expect(versions).toEqual(versions.toSorted((a, b) => a - b));
        for (const version of versions) seen.add(version);
      }
    });
    expect(seen.size).toBeGreaterThan(1);
  });

  it('a score is of the version that it names, through retries and rebalances', async () => {
    const seen = new Set<string>();
    const events = [...EVENTS, 'publish', 'publish', 'publish'] as const;
    await eachWorld({ delivery, events }, [710, 721], (world) => {
      for (const { became, version } of world.monitor.outputs()) {
        if (version === undefined) continue;
        const fraction = Number(became) - Math.floor(Number(became));
        expect(String(1 + fraction / SCORE_OF_VERSION)).toBe(version);
        seen.add(version);
      }
      expect(world.monitor.wrong).toEqual([]);
      expect(world.failures).toEqual([]);
    });
    expect(seen.size).toBeGreaterThan(1);
  });
});
