import { NO_FAULTS } from '../support/memory/network.ts';
import type { World } from './world/world.ts';
import { became, eachWorld, partitionsOf, wanted } from './world/worlds.ts';

function expectOnce(world: World): void {
  for (const partition of partitionsOf(world)) {
    const once = wanted(world, partition).map((offset) => [
      offset,
      [world.monitor.becomes(partition, offset)],
    ]);
    const seen = [...became(world, partition)].sort(([a], [b]) => a - b);
    expect(seen).toEqual(once);
  }
}

describe('exactly once', () => {
  it('writes nothing twice, whatever is lost, crashes, freezes or moves', async () => {
    await eachWorld({ delivery: 'exactly-once' }, [200, 211], expectOnce);
  });

  it('writes nothing twice where a frozen process wakes up behind its successor', async () => {
    const events = ['freeze', 'freeze', 'join'] as const;
    await eachWorld({ delivery: 'exactly-once', events, members: 3 }, [220, 223], expectOnce);
  });
});

describe('at least once', () => {
  it('writes nothing twice where processes only come and go: what is in flight is finished', async () => {
    const calm = { faults: NO_FAULTS, events: ['join', 'leave'] as const };
    await eachWorld({ delivery: 'at-least-once', ...calm }, [230, 235], expectOnce);
  });
});
