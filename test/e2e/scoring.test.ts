import { eventually } from '../support/eventually.ts';
import { sharedStack } from '../support/stack.ts';
import { Here } from './here.ts';
import { configOf, Scorer } from './scorer.ts';
import { expectedScore, someEvents, wire, World } from './world.ts';

describe('the whole way, with the built program on a real broker', () => {
  let world: World;
  beforeEach(async () => {
    world = await new World(sharedStack()).open();
  });
  afterEach(() => world.close());

  it('scores every event once, in order, on the partition it came from, and commits to the end', async () => {
    const id = await world.register();
    const events = someEvents(4000);
    for (let p = 0; p < 4; p++) {
      await world.produce(
        p,
        events.slice(p * 1000, p * 1000 + 1000).map((event) => wire(id, event)),
      );
    }
    const scorer = await Scorer.running(configOf(world));
    await eventually(
      () => world.endOffsets(world.output),
      (end) => end >= 4000,
    );
    await eventually(
      () => world.committed(),
      (offsets) => offsets.join() === '1000,1000,1000,1000',
    );
    const { code } = await scorer.stop();

    const scores = await world.readScores();
    expect(code).toBe(0);
    expect(scores).toHaveLength(4000);
    for (const score of scores) {
      const { partition, offset } = score.source;
      const event = events[partition * 1000 + offset]!;
      expect(score.event.id).toBe(event.id);
      expect(score.score).toBeCloseTo(expectedScore(event), 6);
      expect(score.decision).toBe(
        score.score < 0.6 ? 'APPROVE' : score.score < 0.9 ? 'REVIEW' : 'REJECT',
      );
      expect(score.source.topic).toBe(world.input);
      expect([score.at.partition, score.at.offset]).toEqual([partition, offset]);
      expect(score.at.key?.toString()).toBe(`k${partition}-${offset}`);
    }
    expect(scores[0]).toMatchObject({
      scores: null,
      reasons: [],
      policy: 'p1',
      model: { name: world.name, version: '1' },
    });
  });

  it('skips tombstones, counts them and commits past them', async () => {
    const id = await world.register();
    const values = someEvents(10).flatMap((event) => [wire(id, event), null]);
    await world.produce(1, values);
    const scorer = await Here.running(configOf(world));
    await eventually(
      () => world.committed(),
      (offsets) => offsets[1] === 20,
    );
    expect(await scorer.metric('records_skipped_total{reason="tombstone"}')).toBe(10);
    expect(await scorer.metric('feature_missing_total{feature="count"}')).toBe(2);
    const metrics = await (await scorer.get('/metrics')).text();
    expect(metrics).toMatch(
      /_model_info\{name="\w+",version="1",sha256="[0-9a-f]{64}",role="champion"\} 1\n/,
    );
    expect(await scorer.metric('stage_duration_seconds_count{stage="produce"}')).toBeGreaterThan(0);
    expect(await scorer.metric(`consumer_lag_records{topic="${world.input}",partition="1"}`)).toBe(
      0,
    );
    await scorer.stop();
    expect(await world.endOffsets(world.output)).toBe(10);
    expect(await world.endOffsets(world.dead)).toBe(0);
  });

  it('goes on where it stopped, also when stopped in mid-stream', async () => {
    const id = await world.register();
    const events = someEvents(40_000);
    await world.produce(
      2,
      events.map((event) => wire(id, event)),
    );
    const first = await Scorer.running(configOf(world));
    await eventually(
      () => world.endOffsets(world.output),
      (end) => end > 2000,
      { everyMs: 5 },
    );
    const { code } = await first.stop();
    expect(code).toBe(0);
    const done = await world.endOffsets(world.output);
    expect(done).toBeLessThan(40_000);
    expect((await world.committed())[2]).toBe(done);

    const second = await Here.running(configOf(world));
    await eventually(
      () => world.endOffsets(world.output),
      (end) => end >= 40_000,
    );
    await second.stop();
    const offsets = (await world.readScores()).map((score) => score.source.offset);
    expect(offsets).toEqual(events.map((_, i) => i));
  });

  it('reads several topics, and older and newer schemas side by side', async () => {
    const schema = (fields: object[]) => ({
      type: 'record',
      name: 'Event',
      namespace: 'test',
      fields,
    });
    const base = [
      { name: 'id', type: 'string' },
      { name: 'amount', type: 'float' },
    ];
    const history = {
      name: 'history',
      type: {
        type: 'record',
        name: 'History',
        fields: [{ name: 'risk', type: ['double', 'null'], default: 0.25 }],
      },
      default: { risk: 0.25 },
    };
    const avro = (await import('avsc')).default;
    const old = schema(base);
    const oldId = await world.register(old);
    const newSchema = schema([
      { name: 'id', type: 'string' },
      { name: 'amount', type: 'double' },
      { name: 'count', type: ['null', 'int', 'string'], default: null },
      history,
    ]);
    const newId = await world.register(newSchema);
    const encode = (id: number, of: object, event: object): Buffer => {
      const value = avro.Type.forSchema(of as never, { wrapUnions: false }).toBuffer(event);
      const prefix = Buffer.alloc(5);
      prefix.writeUInt32BE(id, 1);
      return Buffer.concat([prefix, value]);
    };
    const other = `${world.input}-b`;
    await world.makeTopics([{ topic: other, numPartitions: 2 }]);
    await world.registry.register(`${other}-value`, newSchema);
    await world.produce(0, [
      encode(oldId, old, { id: 'old', amount: 2 }),
      encode(newId, newSchema, { id: 'new', amount: 3, count: 2, history: { risk: 0.5 } }),
    ]);
    await world.produce(
      1,
      [encode(newId, newSchema, { id: 'b', amount: 4, count: 1, history: { risk: 0.5 } })],
      other,
    );
    const config = configOf(world).replace(
      `topics: [${world.input}]`,
      `topics: [${world.input}, ${other}]`,
    );
    const scorer = await Here.running(config);
    await eventually(
      () => world.endOffsets(world.output),
      (end) => end >= 3,
    );
    await scorer.stop();
    const scores = new Map((await world.readScores()).map((score) => [score.event.id, score]));
    // The old record has no history: the latest schema's default stands in.
    expect(scores.get('old')?.score).toBeCloseTo(
      expectedScore({ id: 'old', amount: 2, count: null, history: { risk: 0.25 } }),
      6,
    );
    expect(scores.get('new')?.score).toBeCloseTo(
      expectedScore({ id: 'new', amount: 3, count: 2, history: { risk: 0.5 } }),
      6,
    );
    expect(scores.get('b')?.source).toEqual({ topic: other, partition: 1, offset: 0 });
  });
});
