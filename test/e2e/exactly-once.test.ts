import { eventually } from '../support/eventually.ts';
import { plainKafkajs as kafkajs } from '../support/plain-kafkajs.ts';
import { sharedStack } from '../support/stack.ts';
import { Here } from './here.ts';
import { configOf, Scorer } from './scorer.ts';
import { someEvents, wire, World } from './world.ts';

/** Short enough that a killed member is noticed soon. */
const EXACTLY_ONCE = `delivery: exactly-once
kafkajs: { consumer: { sessionTimeout: 6000, heartbeatInterval: 500 } }
`;

describe('exactly once', () => {
  let world: World;
  const scorers: Scorer[] = [];
  let here: Here | undefined;
  beforeEach(async () => {
    world = await new World(sharedStack()).open();
  });
  afterEach(async () => {
    for (const scorer of scorers.splice(0)) {
      scorer.child.kill('SIGCONT');
      scorer.child.kill('SIGKILL');
    }
    await here?.stop();
    here = undefined;
    await world.close();
  });

  const start = async (): Promise<Scorer> => {
    const scorer = await Scorer.running(configOf(world, EXACTLY_ONCE));
    scorers.push(scorer);
    return scorer;
  };
  const startHere = async (): Promise<Here> =>
    (here = await Here.running(configOf(world, EXACTLY_ONCE)));
  const produce = async (id: number, from: number, each: number): Promise<void> => {
    const values = someEvents(each, from).map((event) => wire(id, event));
    await Promise.all([0, 1, 2, 3].map((partition) => world.produce(partition, values)));
  };
  /** Read committed: what a consumer of the scores sees. */
  const ledger = async (
    each: number,
  ): Promise<{ missing: number; duplicates: number; outOfOrder: number }> => {
    const scores = await world.readScores();
    const seen = new Set(scores.map(({ source }) => `${source.partition}-${source.offset}`));
    const last = [-1, -1, -1, -1];
    let outOfOrder = 0;
    for (const { source } of scores) {
      if (source.offset < last[source.partition]!) outOfOrder++;
      last[source.partition] = source.offset;
    }
    return { missing: 4 * each - seen.size, duplicates: scores.length - seen.size, outOfOrder };
  };
  const allCommitted = (each: number): Promise<number[]> =>
    eventually(
      () => world.committed(),
      (offsets) => offsets.every((offset) => offset === each),
      { withinMs: 90_000 },
    );

  // Smaller than the scores of one transaction, and than one of the scores.
  it('in an output topic that takes little at once: one dead letter, and no transaction in doubt', async () => {
    const limit = { name: 'max.message.bytes', value: '20000' };
    const topic = {
      type: kafkajs.ConfigResourceTypes.TOPIC,
      name: world.output,
      configEntries: [limit],
    };
    await world.admin.alterConfigs({ validateOnly: false, resources: [topic] });
    const id = await world.register();
    const events = someEvents(2000);
    await world.produce(
      0,
      events.map((event, i) => wire(id, i === 999 ? { ...event, id: 'x'.repeat(50_000) } : event)),
    );
    const scorer = await startHere();
    await eventually(
      () => world.committed(),
      (offsets) => offsets[0] === 2000,
    );
    expect(await ledger(500)).toEqual({ missing: 1, duplicates: 0, outOfOrder: 0 });
    const letters = await world.readAll(world.dead);
    expect(letters.map(({ headers }) => String(headers['__connect.errors.offset']))).toEqual([
      '999',
    ]);
    expect(await scorer.metric('transactions_total{outcome="committed"}')).toBeGreaterThan(0);
    // never counted
    expect(await scorer.metric('transactions_total{outcome="doubtful"}')).toBeNaN();
  });

  it('through kill -9 in mid-stream', async () => {
    const id = await world.register();
    const [victim] = [await start(), await start()];
    await eventually(
      () => victim.metric('assigned_partitions'),
      (partitions) => partitions === 2,
    );
    const feeding = (async () => {
      for (let i = 0; i < 20; i++) await produce(id, i * 500, 500);
    })();
    await eventually(
      () => world.endOffsets(world.output),
      (end) => end > 1000,
      { everyMs: 5 },
    );
    await victim.stop('SIGKILL');
    await start();
    await feeding;
    await allCommitted(10_000);
    expect(await ledger(10_000)).toEqual({ missing: 0, duplicates: 0, outOfOrder: 0 });
  });

  it('through a zombie: stopped for longer than the session, then woken up', async () => {
    const id = await world.register();
    const [zombie, other] = [await start(), await start()];
    await eventually(
      () => zombie.metric('assigned_partitions'),
      (partitions) => partitions === 2,
    );
    const feeding = (async () => {
      for (let i = 0; i < 20; i++) await produce(id, i * 500, 500);
    })();
    await eventually(
      () => world.endOffsets(world.output),
      (end) => end > 1000,
      { everyMs: 5 },
    );
    zombie.child.kill('SIGSTOP');
    await eventually(
      () => other.metric('assigned_partitions'),
      (partitions) => partitions === 4,
    );
    zombie.child.kill('SIGCONT');
    await feeding;
    await allCommitted(10_000);
    await eventually(
      () => zombie.metric('assigned_partitions'),
      (partitions) => partitions === 2,
    );
    expect(await ledger(10_000)).toEqual({ missing: 0, duplicates: 0, outOfOrder: 0 });
  });

  it('with dead letters and tombstones in the same transactions', async () => {
    const id = await world.register();
    const values = someEvents(300).flatMap((event) => [wire(id, event), null, Buffer.of(1)]);
    await world.produce(0, values);
    const scorer = await startHere();
    await eventually(
      () => world.committed(),
      (offsets) => offsets[0] === 900,
    );
    for (const stage of ['map', 'produce', 'commit']) {
      expect(await scorer.metric(`stage_duration_seconds_count{stage="${stage}"}`)).toBeGreaterThan(
        0,
      );
    }
    expect((await scorer.stop()).code).toBe(0);
    expect((await world.readScores()).map(({ source }) => source.offset)).toEqual(
      someEvents(300).map((_, i) => i * 3),
    );
    expect(await world.readAll(world.dead)).toHaveLength(300);
  });

  it('fences an owner of the version before, whose transactional ids were others', async () => {
    const id = await world.register();
    const owner = world.kafka.producer({
      transactionalId: `${world.name}-${world.input}-0`,
      maxInFlightRequests: 1,
    });
    await owner.connect();
    const open = await owner.transaction();
    await open.sendOffsets({
      consumerGroupId: world.name,
      topics: [{ topic: world.input, partitions: [{ partition: 0, offset: '7' }] }],
    });
    await startHere();
    await world.produce(
      0,
      someEvents(20).map((event) => wire(id, event)),
    );
    await eventually(
      () => world.committed(),
      (offsets) => offsets[0] === 20,
    );
    await expect(open.commit()).rejects.toMatchObject({
      type: expect.stringMatching(/FENCED|INVALID_PRODUCER_EPOCH/) as unknown,
    });
    await owner.disconnect();
    expect((await world.readScores()).map(({ source }) => source.offset)).toEqual(
      someEvents(20).map((_, i) => i),
    );
  });
});
