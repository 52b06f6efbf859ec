import { fork, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../support/eventually.ts';
import type { Done, Order } from '../support/many-services.ts';
import { sharedStack } from '../support/stack.ts';
import {
  CONFORMANCE,
  conformanceModels,
  expectedOf,
  PAYMENT,
  paymentBytes,
} from '../models/scored.ts';
import { configOf } from './scorer.ts';
import { framed, World } from './world.ts';

const PARTITIONS = 4;
const SIDE_BY_SIDE = 4;

/**
 * One of each library is tried in a process of its own before it is opened. Fifty such processes
 * would take longer than all that is scored.
 */
function triedOf(models: readonly string[]): Set<string> {
  return new Set(new Map(models.map((model) => [model.split('-')[0], model])).values());
}

describe('every model of the conformance suite through Kafka', () => {
  let world: World;
  let folder: string;
  let services: ChildProcess;
  let models: string[];
  let tried: Set<string>;
  let events: Buffer[];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stream-scorer-e2e-'));
    services = fork('test/support/many-services.ts', { stdio: 'inherit' });
    models = await conformanceModels();
    tried = triedOf(models);
    events = paymentBytes();
    world = await new World(sharedStack()).open(PARTITIONS);
    const id = await world.register(PAYMENT);
    const topics = models.map((model) => ({ topic: outputOf(model), numPartitions: PARTITIONS }));
    await world.makeTopics(topics);
    const values = events.map((event) => framed(id, event));
    await Promise.all(
      Array.from({ length: PARTITIONS }, (_, partition) =>
        world.produce(
          partition,
          values.filter((_value, i) => i % PARTITIONS === partition),
        ),
      ),
    );
  });
  afterAll(async () => {
    services.disconnect();
    await rm(folder, { recursive: true, force: true });
    await world.close();
  });

  const outputOf = (model: string): string => `${world.output}-${model}`;

  async function order(what: Order['do'], file: string, tried = false): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const answer = (done: Done): void => {
      if (done.do !== what || done.file !== file) return;
      services.off('message', answer);
      if (done.error === undefined) resolve(undefined);
      else reject(new Error(done.error));
    };
    services.on('message', answer);
    services.send({ do: what, file, tried } satisfies Order);
    await promise;
  }

  /** Runs one model until it has scored everything; the largest difference to Python's scores. */
  async function differenceOf(model: string): Promise<number> {
    const file = join(folder, `${model}.yaml`);
    const config = configOf(world)
      .replace(/^name: .*/, `name: ${world.name}-${model}`)
      .replace(/^output: .*/m, `output: { topic: ${outputOf(model)}, carry: [id] }`)
      .replace(/dir: [^ ]*/, `dir: ${join(CONFORMANCE, model)}`);
    await writeFile(file, config);
    await order('start', file, tried.has(model));
    await eventually(
      () => world.endOffsets(outputOf(model)),
      (end) => end >= events.length,
    );
    await order('stop', file);
    const { score, scores } = expectedOf(model);
    const records = await world.readScores(outputOf(model));
    expect(records).toHaveLength(events.length);
    let worst = 0;
    for (const record of records) {
      const i = record.source.offset * PARTITIONS + record.source.partition;
      worst = Math.max(worst, Math.abs(record.score - score[i]!));
      if (scores === null) expect(record.scores).toBeNull();
      for (const [name, expected] of Object.entries(scores?.[i] ?? {}))
        worst = Math.max(worst, Math.abs(record.scores![name]! - expected));
    }
    return worst;
  }

  it('scores as it does in Python: to 1e-6, and trees bit for bit', async () => {
    const differences = new Map<string, number>();
    const waiting = [...models];
    const work = async (): Promise<void> => {
      for (let model = waiting.shift(); model !== undefined; model = waiting.shift())
        differences.set(model, await differenceOf(model));
    };
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
    const wrong = [...differences].filter(
      ([model, worst]) => !(worst <= (expectedOf(model).exact ? 0 : 1e-6)),
    );
    expect(wrong).toEqual([]);
    expect(differences.size).toBe(models.length);
  }, 400_000);
});
