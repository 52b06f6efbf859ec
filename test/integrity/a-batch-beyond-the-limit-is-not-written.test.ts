import { NO_FAULTS } from '../support/memory/network.ts';
import { ScorerError } from '../../src/errors.ts';
import { became, DELIVERIES, eachWorld, partitionsOf, wanted, wrongOf } from './world/worlds.ts';

const MAX_CONSECUTIVE = 3;

describe.each(DELIVERIES)('%s', (delivery) => {
  it('stops at too many dead letters, and neither writes nor commits the batch that goes too far', async () => {
    const plan = { delivery, bad: 0.9, records: 80, maxConsecutive: MAX_CONSECUTIVE };
    const calm = { faults: NO_FAULTS, events: [], members: 1 };
    await eachWorld({ ...plan, ...calm }, [900, 903], (world) => {
      expect(world.failures.map((error) => (error as ScorerError).code)).toEqual([
        'DEAD_LETTER_LIMIT',
      ]);
      expect(wrongOf(world, 'nothing committed before it is written')).toEqual([]);
      for (const partition of partitionsOf(world)) {
        const seen = became(world, partition);
        let consecutive = 0;
        for (const offset of wanted(world, partition).filter((at) => seen.has(at))) {
          const becomes = world.monitor.becomes(partition, offset);
          // what the output refuses was not dead when the limit was asked
          const isDead = typeof becomes === 'string' && becomes !== 'OUTPUT_TOO_LARGE';
          consecutive = isDead ? consecutive + 1 : 0;
          expect(consecutive).toBeLessThanOrEqual(MAX_CONSECUTIVE);
        }
      }
    });
  });
});
