import { eventually } from '../support/eventually.ts';
import { sharedStack } from '../support/stack.ts';
import { configOf, Scorer } from './scorer.ts';
import { someEvents, wire, World } from './world.ts';

/** Short enough that a killed member is noticed soon. */
const SESSION = 'kafkajs: { consumer: { sessionTimeout: 6000, heartbeatInterval: 500 } }\n';

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Process ids of the processes that were started, in order. */
const pidsOf = (scorer: Scorer): number[] =>
  [...scorer.log.matchAll(/"pid":(\d+)/g)].map(([, pid]) => Number(pid));

describe('run --processes', () => {
  let world: World;
  let scorer: Scorer | undefined;
  beforeEach(async () => {
    world = await new World(sharedStack()).open();
  });
  afterEach(async () => {
    if (scorer !== undefined)
      for (const pid of [scorer.child.pid!, ...pidsOf(scorer)].filter(isAlive))
        process.kill(pid, 'SIGKILL');
    await world.close();
  });

  const start = async (): Promise<Scorer> => {
    scorer = await Scorer.start(configOf(world, SESSION), ['run', '--processes', '2']);
    const running = scorer;
    await eventually(
      () => running.log,
      (log) => log.includes('"port"') || running.child.exitCode !== null,
    );
    await eventually(
      async () => (await running.get('/readyz')).status,
      (status) => status === 200,
    );
    return running;
  };
  const produce = async (id: number, from: number, each: number): Promise<void> => {
    const values = someEvents(each, from).map((event) => wire(id, event));
    await Promise.all([0, 1, 2, 3].map((partition) => world.produce(partition, values)));
  };
  const scoredTotal = async (running: Scorer): Promise<number> => {
    const text = await (await running.get('/metrics')).text();
    const lines = text
      .split('\n')
      .filter((line) => line.startsWith('stream_scorer_records_scored_total{'));
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  };

  it('two share the partitions behind one port; one killed with -9 comes back, nothing is missing, sums hold', async () => {
    const id = await world.register();
    const running = await start();
    await eventually(
      () => running.metric('assigned_partitions'),
      (sum) => sum === 4,
    );
    expect(await running.metric('processes')).toBe(2);
    await produce(id, 0, 1000);
    await eventually(
      () => scoredTotal(running),
      (sum) => sum === 4000,
    );
    expect(await running.metric('batch_size_sum')).toBe(4000);
    expect(await running.metric('score_count')).toBe(4000);
    const lags = ['0', '1', '2', '3'].map((p) =>
      running.metric(`consumer_lag_records{topic="${world.input}",partition="${p}"}`),
    );
    expect(await Promise.all(lags)).toEqual([0, 0, 0, 0]);

    process.kill(pidsOf(running)[1]!, 'SIGKILL');
    await produce(id, 1000, 1000);
    await eventually(
      () => running.metric('process_restarts_total'),
      (restarts) => restarts === 1,
    );
    await eventually(
      () => world.committed(),
      (offsets) => offsets.every((offset) => offset === 2000),
    );
    await eventually(
      async () => (await running.get('/readyz')).status,
      (status) => status === 200,
    );
    await produce(id, 2000, 1000);
    await eventually(
      () => world.committed(),
      (offsets) => offsets.every((offset) => offset === 3000),
    );
    // What the killed one had counted is still in the sum, but for what it did since it was last
    // asked.
    expect(await scoredTotal(running)).toBeGreaterThanOrEqual(8000);
    expect((await running.stop()).code).toBe(0);
    expect(pidsOf(running).map(isAlive)).toEqual([false, false, false]);
    const seen = new Set(
      (await world.readScores()).map(({ source }) => `${source.partition}-${source.offset}`),
    );
    expect(seen.size).toBe(12_000);
  });

  it('end by themselves when the supervisor is killed with -9, what is in flight finished', async () => {
    const id = await world.register();
    await produce(id, 0, 100);
    const running = await start();
    await eventually(
      () => world.endOffsets(world.output),
      (end) => end === 400,
    );
    running.child.kill('SIGKILL');
    await eventually(
      () => pidsOf(running).map(isAlive),
      (alive) => !alive.includes(true),
    );
    expect(await world.committed()).toEqual([100, 100, 100, 100]);
  });

  it('a wrong configuration ends all with exit code 2 and one block', async () => {
    // the subject is not registered
    scorer = await Scorer.start(configOf(world), ['run', '--processes', '3']);
    const { code, err } = await scorer.ended;
    expect(code).toBe(2);
    expect(err.match(/^SUBJECT_NOT_FOUND/gm)).toHaveLength(1);
    expect(pidsOf(scorer)).toHaveLength(1);
  });
});
