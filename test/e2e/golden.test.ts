import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { FeedEvent } from '../../src/demo/feed.ts';
import { encodeTransactions } from '../../src/demo/avro-transactions.ts';
import { simulate, type SimulatorOptions } from '../../src/demo/simulate/simulator.ts';
import { TRANSACTION_SCHEMA } from '../../src/demo/simulate/transaction.ts';
import { eventually } from '../support/eventually.ts';
import { sharedStack } from '../support/stack.ts';
import { Here } from './here.ts';
import { configOf } from './scorer.ts';
import { World } from './world.ts';

describe("the example's model through Kafka", () => {
  it('gives the scores that Python’s ONNX Runtime gave, to 1e-6, on 100,000 transactions', async () => {
    const {
      count,
      model,
      world: options,
    } = JSON.parse(await readFile('test/data/golden-100k.json', 'utf8')) as {
      count: number;
      model: string;
      world: SimulatorOptions;
    };
    const bytes = gunzipSync(await readFile('test/data/golden-100k.f32.gz'));
    const golden = new Float32Array(bytes.buffer, bytes.byteOffset, count);
    const world = await new World(sharedStack()).open();
    const id = await world.register(TRANSACTION_SCHEMA);
    const events = encodeTransactions(simulate(options), id, () => undefined);
    const partitions: Buffer[][] = [[], [], [], []];
    for (let i = 0; i < count; i++)
      partitions[i % 4]!.push((events.next() as IteratorYieldResult<FeedEvent>).value.value);
    await Promise.all(partitions.map((values, partition) => world.produce(partition, values)));

    const config = configOf(world)
      .replace('carry: [id]', 'carry: [transactionId]')
      .replace(/model: .*/, `model: { dir: ${resolve('models/fraud')}, champion: "${model}" }`);
    const scorer = await Here.running(config);
    await eventually(
      () => world.endOffsets(world.output),
      (end) => end >= count,
    );
    expect((await scorer.stop()).code).toBe(0);
    const scores = await world.readScores();
    let worst = 0;
    for (const { source, score } of scores)
      worst = Math.max(worst, Math.abs(score - golden[source.offset * 4 + source.partition]!));
    expect(scores).toHaveLength(count);
    expect(worst).toBeLessThanOrEqual(1e-6);
    await world.close();
  });
});
