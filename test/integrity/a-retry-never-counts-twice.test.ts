import type { Counter } from 'prom-client';
import { NO_FAULTS } from '../support/memory/network.ts';
import type { World } from './world/world.ts';
import { BECOMES, DELIVERIES, eachWorld } from './world/worlds.ts';

/** How often each value of a label was counted. */
async function counted(counter: Counter, label: string): Promise<Record<string, number>> {
  const { values } = await counter.get();
  const of = (labels: object): string => String(new Map(Object.entries(labels)).get(label));
  return Object.fromEntries(
    [...Map.groupBy(values, ({ labels }) => of(labels))].map(([value, entries]) => [
      value,
      entries.reduce((sum, entry) => sum + entry.value, 0),
    ]),
  );
}

/** How many events there are of each kind of end. */
function expected(world: World): Record<string, number> {
  const kinds = world.monitor.kinds.flat().filter((kind) => kind !== 'marker');
  return Object.fromEntries(
    [...Map.groupBy(kinds, (kind) => BECOMES[kind])].map(([end, those]) => [end, those.length]),
  );
}

describe.each(DELIVERIES)('%s', (delivery) => {
  it('counts each event once, however often it was scored and written', async () => {
    await eachWorld({ delivery, events: ['outage'], members: 1 }, [1000, 1005], async (world) => {
      const { metrics } = world.members[0]!.service!.value;
      const { score, nothing = 0, ...dead } = expected(world);
      expect(await counted(metrics.recordsScored, 'model_version')).toEqual({ 1: score });
      expect(await counted(metrics.deadLetters, 'code')).toEqual(dead);
      const missing = await counted(metrics.featureMissing, 'feature');
      const none = world.monitor.kinds.flat().filter((kind) => kind === 'without count');
      expect(missing['count'] ?? 0).toBe(none.length);
      const skipped = await counted(metrics.recordsSkipped, 'reason');
      expect(skipped['tombstone'] ?? 0).toBe(nothing);
    });
  });
});

it.each(DELIVERIES)('%s: the decisions about groups are counted once', async (delivery) => {
  const plan = { delivery, policy: true, events: ['outage'], members: 1 } as const;
  await eachWorld(plan, [1020, 1023], async (world) => {
    const { fairnessDecisions } = world.members[0]!.service!.value.metrics.monitors;
    const groups = await counted(fairnessDecisions, 'group');
    const { score, OUTPUT_TOO_LARGE: tooLarge = 0 } = expected(world);
    const none = world.monitor.kinds.flat().filter((kind) => kind === 'without count').length;
    expect(groups['(none)'] ?? 0).toBe(none);
    // What the output topic refuses was decided all the same.
    expect(groups['1']).toBe(score! + tooLarge - none);
  });
});

describe('exactly once', () => {
  it('counts nothing again that the owner before had committed, though its records come again', async () => {
    // A member asks where to begin before the last transaction of the owner before has its marker.
    const calm = { faults: NO_FAULTS, events: ['join', 'leave'] as const, bad: 0, slow: 'markers' };
    await eachWorld({ delivery: 'exactly-once', ...calm }, [1010, 1015], async (world) => {
      let scored = 0;
      for (const { service } of world.members) {
        const { 1: here = 0 } = await counted(
          service!.value.metrics.recordsScored,
          'model_version',
        );
        scored += here;
      }
      expect(scored).toBe(world.monitor.kinds.flat().length);
    });
  });
});
