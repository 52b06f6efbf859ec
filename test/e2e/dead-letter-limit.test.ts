import { sharedStack } from '../support/stack.ts';
import { Here } from './here.ts';
import { configOf } from './scorer.ts';
import { someEvents, wire, World } from './world.ts';

it('stops with a clear error rather than drain a topic into the dead letters', async () => {
  const world = await new World(sharedStack()).open(1);
  const id = await world.register();
  const bad = Array.from({ length: 500 }, () => Buffer.from('not avro'));
  await world.produce(0, [...someEvents(50).map((event) => wire(id, event)), ...bad]);
  const config = configOf(world, 'batch: { maxSize: 50 }\n').replace(
    'maxConsecutive: 100000',
    'maxConsecutive: 100',
  );
  const { code, err } = await (await Here.start(config)).ended;
  expect(code).toBe(1);
  expect(err).toContain('DEAD_LETTER_LIMIT');
  expect(err).toContain('deadLetter.maxConsecutive');
  expect(await world.endOffsets(world.output)).toBe(50);
  // Two batches of 50 were still within the limit; the one that went beyond was not written.
  expect(await world.endOffsets(world.dead)).toBe(100);
  expect(await world.committed()).toEqual([150]);
  await world.close();
});
