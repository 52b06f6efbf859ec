import kafkajsOfProgram from 'kafkajs';
import { COMPRESSIONS, registerCodecs } from '../../src/kafkajs/kafka-codecs.ts';
import { eventually } from '../support/eventually.ts';
import { plainKafkajs as kafkajs } from '../support/plain-kafkajs.ts';
import { sharedStack } from '../support/stack.ts';
import { Here } from './here.ts';
import { configOf } from './scorer.ts';
import { someEvents, wire, World } from './world.ts';

registerCodecs();
Object.assign(kafkajs.CompressionCodecs, kafkajsOfProgram.CompressionCodecs);

it('reads every codec in one topic', async () => {
  const world = await new World(sharedStack()).open(1);
  const id = await world.register();
  const names = Object.keys(COMPRESSIONS) as (keyof typeof COMPRESSIONS)[];
  const producer = world.kafka.producer();
  await producer.connect();
  for (const [i, name] of names.entries()) {
    const messages = someEvents(200, i * 200).map((event) => ({ value: wire(id, event) }));
    await producer.send({ topic: world.input, messages, compression: COMPRESSIONS[name] });
  }
  await producer.disconnect();
  const scorer = await Here.running(configOf(world));
  await eventually(
    () => world.committed(),
    ([offset]) => offset === names.length * 200,
  );
  expect((await scorer.stop()).code).toBe(0);
  const ids = (await world.readScores()).map(({ event }) => event.id);
  expect(ids).toEqual(someEvents(names.length * 200).map((event) => event.id));
  await world.close();
});

it.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)('writes %s', async (codec) => {
  const world = await new World(sharedStack()).open(1);
  const id = await world.register();
  await world.produce(
    0,
    someEvents(500).map((event) => wire(id, event)),
  );
  const config = configOf(world).replace('carry: [id]', `carry: [id], compression: ${codec}`);
  const scorer = await Here.running(config);
  await eventually(
    () => world.committed(),
    ([offset]) => offset === 500,
  );
  await scorer.stop();
  // kafkajs does not say in which codec a batch came, but it asks that codec to inflate it.
  const codecs = kafkajs.CompressionCodecs as unknown as Record<
    number,
    () => { decompress(bytes: Buffer): Promise<Buffer> }
  >;
  const plain = codecs[COMPRESSIONS[codec]]!;
  let inflated = 0;
  codecs[COMPRESSIONS[codec]] = () => ({
    ...plain(),
    decompress: (bytes) => {
      inflated++;
      return plain().decompress(bytes);
    },
  });
  const scores = await world.readScores();
  codecs[COMPRESSIONS[codec]] = plain;
  expect(inflated).toBeGreaterThan(0);
  expect(scores.map(({ source }) => source.offset)).toEqual(someEvents(500).map((_, i) => i));
  await world.close();
});
