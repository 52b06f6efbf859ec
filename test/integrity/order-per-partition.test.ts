import { DELIVERIES, eachWorld, partitionsOf } from './world/worlds.ts';

describe.each(DELIVERIES)('%s', (delivery) => {
  it('writes what becomes of a partition in its order; what is repeated comes again later', async () => {
    await eachWorld({ delivery, bad: 0.1 }, [300, 305], (world) => {
      for (const partition of partitionsOf(world)) {
        for (const topic of ['out', 'dead']) {
          const outputs = world.monitor.outputs(partition).filter(
            // a dead letter that is too large itself comes once more, without its value
            (one) => one.topic === topic && one.became !== 'OUTPUT_TOO_LARGE',
          );
          const first = [...new Set(outputs.map(({ from }) => from.offset))];
          expect(first).toEqual(first.toSorted((a, b) => a - b));
          // in the partition of the same number
          expect(new Set(outputs.map((one) => one.partition)).size).toBeLessThanOrEqual(1);
        }
      }
    });
  });

  it('writes it in order where nothing is lost, though batches are scored in any order', async () => {
    await eachWorld(
      { delivery, bad: 0, events: [], faults: { request: 0, answer: 0, late: 0 }, records: 80 },
      [310, 312],
      (world) => {
        for (const partition of partitionsOf(world)) {
          const offsets = world.monitor.outputs(partition).map(({ from }) => from.offset);
          expect(offsets).toEqual(Array.from({ length: 80 }, (_, i) => i));
        }
      },
    );
  });
});
