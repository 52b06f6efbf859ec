import { eventually } from '../support/eventually.ts';
import { ownStack, sharedStack } from '../support/stack.ts';
import { SwitchableServer, type Answer } from '../support/switchable-server.ts';
import type { Stack } from '../../src/demo/stack/stack.ts';
import { Here } from './here.ts';
import { configOf, Scorer } from './scorer.ts';
import { EVENT_SCHEMA, framed, someEvents, wire, World } from './world.ts';

/** A member that lost its broker is not waited for long. */
const SESSION = 'kafkajs: { consumer: { sessionTimeout: 6000, heartbeatInterval: 500 } }\n';

/** Passes requests on to the registry of this test run, which is not ours to stop. */
const throughTo =
  (registryUrl: string): Answer =>
  (request, response) => {
    const { pathname } = new URL(registryUrl);
    const url = `${registryUrl}${request.url!.slice(pathname.length)}`;
    const pass = async (): Promise<void> => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const { method, headers } = request;
      const answer = await fetch(url, {
        method: method!,
        headers: { 'content-type': headers['content-type'] ?? 'application/json' },
        ...(parts.length === 0 ? {} : { body: Buffer.concat(parts) }),
      });
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(Buffer.from(await answer.arrayBuffer()));
    };
    pass().catch(() => response.destroy());
  };

/**
 * In each of four partitions: so many that the stream does not end before the broker does, with
 * batches of 20.
 */
const EVENTS = 6000;

describe('outages are waited out: nothing lost, nothing dead, scoring resumes by itself', () => {
  let registry: SwitchableServer;
  let stack: Stack;
  let world: World;
  let here: Here | undefined;
  let built: Scorer | undefined;
  beforeAll(async () => {
    const { registryUrl } = sharedStack();
    registry = await new SwitchableServer(throughTo(registryUrl)).start();
    stack = await ownStack(1, `${registry.url}${new URL(registryUrl).pathname}`);
  });
  afterAll(async () => {
    await stack.stop();
    await registry.stop();
  });
  beforeEach(async () => {
    world = await new World(stack).open();
  });
  afterEach(async () => {
    built?.child.kill('SIGKILL');
    await here?.stop();
    await world.close();
  });

  it('the registry is away when a schema is needed that was never seen', async () => {
    const id = await world.register();
    const scorer = (here = await Here.running(configOf(world, SESSION)));
    const events = someEvents(300);
    await world.produce(
      0,
      events.slice(0, 100).map((event) => wire(id, event)),
    );
    await eventually(
      () => world.endOffsets(world.output),
      (end) => end === 100,
    );

    // Registered after the start, so that the scorer has not seen it.
    const newer = {
      ...EVENT_SCHEMA,
      fields: [...EVENT_SCHEMA.fields, { name: 'more', type: 'int', default: 0 }],
    };
    const newerId = await world.register(newer);
    await registry.stop();
    const withMore = (event: (typeof events)[number]): Buffer =>
      framed(newerId, Buffer.concat([wire(id, event).subarray(5), Buffer.of(0)]));
    await world.produce(0, events.slice(100, 200).map(withMore));
    await eventually(
      () => scorer.metric('outage_retries_total{code="REGISTRY_UNAVAILABLE"}'),
      (retries) => retries >= 3,
    );
    expect((await scorer.get('/readyz')).status).toBe(503);
    expect((await scorer.get('/livez')).status).toBe(200);
    expect(await world.endOffsets(world.output)).toBe(100);

    await registry.start();
    await world.produce(
      0,
      events.slice(200).map((event) => wire(id, event)),
    );
    await eventually(
      () => world.committed(),
      (offsets) => offsets[0] === 300,
    );
    expect((await scorer.get('/readyz')).status).toBe(200);
    await scorer.stop();
    expect((await world.readScores()).map(({ event }) => event.id)).toEqual(
      events.map(({ id: name }) => name),
    );
    expect(await world.endOffsets(world.dead)).toBe(0);
  });

  it('the broker is away in mid-stream', async () => {
    const id = await world.register();
    // Small batches, so that the stream does not end before the broker does.
    const scorer = (here = await Here.running(
      configOf(world, `${SESSION}batch: { maxSize: 20 }\n`),
    ));
    const values = someEvents(EVENTS).map((event) => wire(id, event));
    await Promise.all([0, 1, 2, 3].map((partition) => world.produce(partition, values)));
    await eventually(
      () => world.endOffsets(world.output),
      (end) => end > 2000,
      { everyMs: 5 },
    );

    await stack.faults!.stopBroker(0, 'SIGKILL');
    // Who sees it first, the writes or the consumer, whose crash voids the writes, is a matter of
    // milliseconds.
    await eventually(
      () => scorer.metric('outage_retries_total{code="BROKER_UNAVAILABLE"}'),
      (retries) => retries >= 1,
    );
    expect((await scorer.get('/readyz')).status).toBe(503);
    expect((await scorer.get('/livez')).status).toBe(200);

    await stack.faults!.startBroker(0);
    await eventually(
      () => world.committed(),
      (offsets) => offsets.every((offset) => offset === EVENTS),
    );
    expect((await scorer.get('/readyz')).status).toBe(200);
    expect((await scorer.stop()).code).toBe(0);
    const scores = await world.readScores();
    const seen = new Set(scores.map(({ source }) => `${source.partition}-${source.offset}`));
    expect(seen.size).toBe(4 * EVENTS);
    expect(await world.endOffsets(world.dead)).toBe(0);
  });

  it('a broker that does not answer does not keep the service from its end', async () => {
    const id = await world.register();
    built = await Scorer.running(
      configOf(world, `delivery: exactly-once\nbatch: { maxSize: 20 }\n`),
    );
    const values = someEvents(EVENTS).map((event) => wire(id, event));
    await Promise.all([0, 1, 2, 3].map((partition) => world.produce(partition, values)));
    await eventually(
      () => world.endOffsets(world.output),
      (end) => end > 1000,
      { everyMs: 5 },
    );
    stack.faults!.pauseBroker(0);
    try {
      expect((await built.stop()).code).toBe(0);
    } finally {
      stack.faults!.resumeBroker(0);
    }
  });
});
