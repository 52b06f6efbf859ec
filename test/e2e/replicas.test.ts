import { eventually } from '../support/eventually.ts';
import { sharedStack } from '../support/stack.ts';
import { configOf, Scorer } from './scorer.ts';
import { someEvents, wire, World } from './world.ts';

/** Short enough that a killed member is noticed soon. */
const SESSION = 'kafkajs: { consumer: { sessionTimeout: 6000, heartbeatInterval: 500 } }\n';

describe('replicas of one group', () => {
  let world: World;
  const scorers: Scorer[] = [];
  beforeEach(async () => {
    world = await new World(sharedStack()).open();
  });
  afterEach(async () => {
    for (const scorer of scorers.splice(0)) scorer.child.kill('SIGKILL');
    await world.close();
  });

  const start = async (): Promise<Scorer> => {
    const scorer = await Scorer.running(configOf(world, SESSION));
    scorers.push(scorer);
    return scorer;
  };
  const produce = async (id: number, from: number, each: number): Promise<void> => {
    const values = someEvents(each, from).map((event) => wire(id, event));
    await Promise.all([0, 1, 2, 3].map((partition) => world.produce(partition, values)));
  };
  /** Every input record's offsets per partition among the scores, without repetition. */
  const missing = async (each: number): Promise<{ missing: number; duplicates: number }> => {
    const scores = await world.readScores();
    const seen = new Set(scores.map(({ source }) => `${source.partition}-${source.offset}`));
    return { missing: 4 * each - seen.size, duplicates: scores.length - seen.size };
  };

  it('share the partitions; nothing is missing when one joins and one leaves, and nothing comes twice', async () => {
    const id = await world.register();
    const first = await start();
    const feeding = (async () => {
      for (let i = 0; i < 20; i++) await produce(id, i * 500, 500);
    })();
    const second = await start();
    await eventually(
      async () =>
        [
          await first.metric('assigned_partitions'),
          await second.metric('assigned_partitions'),
        ].join(),
      (shared) => shared === '2,2',
    );
    await feeding;
    expect((await first.stop()).code).toBe(0);
    await produce(id, 10_000, 500);
    await eventually(
      () => world.committed(),
      (offsets) => offsets.every((offset) => offset === 10_500),
    );
    expect((await second.stop()).code).toBe(0);
    expect(await missing(10_500)).toEqual({ missing: 0, duplicates: 0 });
  });

  it('one that is stopped while it still joins, behind a member that does not answer, does not wait for it', async () => {
    await world.register();
    const config = configOf(world, SESSION.replace('6000', '300000, rebalanceTimeout: 300000'));
    const silent = await Scorer.running(config);
    scorers.push(silent);
    silent.child.kill('SIGSTOP');
    const joining = await Scorer.start(config);
    scorers.push(joining);
    const state = async (): Promise<string> =>
      (await world.admin.describeGroups([world.name])).groups[0]!.state;
    await eventually(state, (now) => now === 'PreparingRebalance');
    expect((await joining.stop()).code).toBe(0);
    expect(joining.log).toMatch(/"stopping.*\n.*"stopped"/);
  });

  it('kill -9 of one in mid-stream and a restart lose nothing', async () => {
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
    expect((await victim.stop('SIGKILL')).signal).toBe('SIGKILL');
    await start();
    await feeding;
    await eventually(
      () => world.committed(),
      (offsets) => offsets.every((offset) => offset === 10_000),
    );
    expect((await missing(10_000)).missing).toBe(0);
  });
});
