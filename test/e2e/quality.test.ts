import avro from 'avsc';
import { eventually } from '../support/eventually.ts';
import { sharedStack } from '../support/stack.ts';
import { configuredHere, Here } from './here.ts';
import { configOf } from './scorer.ts';
import { framed, someEvents, wire, World } from './world.ts';

const LABEL = {
  type: 'record',
  name: 'Label',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'fraud', type: ['null', 'boolean'] },
  ],
};
const type = avro.Type.forSchema(LABEL as never, { wrapUnions: false });

interface Monitor {
  readonly fairness: readonly { readonly groups: readonly { group: string; events: number }[] }[];
  readonly quality: {
    readonly restoring: boolean;
    readonly days: readonly { readonly cohorts: readonly { readonly labelled: number }[] }[];
  };
}

describe('labels and groups', () => {
  let world: World;
  beforeEach(async () => {
    world = await new World(sharedStack()).open(2);
  });
  afterEach(async () => {
    await world.close();
  });

  it('are joined and compared while the stream runs, and again after a restart', async () => {
    const topic = `${world.name}-labels`;
    await world.makeTopics([{ topic, numPartitions: 1 }]);
    const config = configOf(
      world,
      `labels: { topic: ${topic}, id: id, label: fraud }
fairness: { by: [{ field: count, bounds: [3] }], favourable: [APPROVE] }
`,
    );
    const events = someEvents(100);
    const id = await world.register();
    const refused = configuredHere(config, ['check']);
    expect((await refused).err).toContain(`the schema registry has no subject ${topic}-value`);
    const labelId = await world.registry.register(`${topic}-value`, LABEL);
    const checked = await configuredHere(config, ['check']);
    expect({ code: checked.code, err: checked.err }).toEqual({ code: 0, err: '' });
    expect(checked.out).toContain(`labels         ${topic}: id of the event = id of the label`);

    const producer = world.kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    const write = async (...labels: { id: string; fraud: boolean | null }[]): Promise<void> => {
      const messages = labels.map((one) => ({ value: framed(labelId, type.toBuffer(one)) }));
      await producer.send({ topic, messages });
    };
    const label = (...ids: string[]): Promise<void> =>
      write(...ids.map((of) => ({ id: of, fraud: of.endsWith('0') })));
    const first = await Here.running(config);
    const [half, rest] = [events.slice(0, 50), events.slice(50)];
    await world.produce(
      0,
      half.map((event) => wire(id, event)),
    );
    await world.produce(
      1,
      rest.map((event) => wire(id, event)),
    );
    const joined = 'labels_joined_total{outcome="joined"}';
    await eventually(
      () => world.endOffsets(world.output),
      (end) => end >= 100,
    );
    await label(...half.map((event) => event.id));
    await eventually(
      () => first.metric(joined),
      (count) => count === 50,
    );
    const monitor = async (scorer: Here) =>
      (await (await scorer.get('/monitor')).json()) as Monitor;
    const { fairness } = await monitor(first);
    expect(fairness[0]!.groups.map(({ group, events: of }) => `${group} ${of}`).sort()).toEqual([
      '(none) 20',
      expect.stringMatching(/^< 3 \d+$/),
      expect.stringMatching(/^>= 3 \d+$/),
    ]);
    const scores = (await world.readScores()) as unknown as {
      readonly event: { readonly id: string };
      readonly decision: string;
    }[];
    const ids = new Set(half.map((event) => event.id));
    const alarms = scores.filter((one) => ids.has(one.event.id) && one.decision !== 'APPROVE');
    const labelled = async (scorer: Here, alarm: string): Promise<number> => {
      const page = await (await scorer.get('/metrics')).text();
      const found = page.matchAll(
        RegExp(`labelled_events_total\\{.*alarm="${alarm}".*\\} (\\d+)`, 'g'),
      );
      return [...found].reduce((sum, [, count]) => sum + Number(count), 0);
    };
    expect(await labelled(first, 'true')).toBe(alarms.length);
    expect((await first.stop()).code).toBe(0);

    // labels of events from before the start join, and are not counted again
    const second = await Here.running(config);
    await eventually(
      () => monitor(second),
      ({ quality }) => quality.days.length === 1,
    );
    await label(...rest.map((event) => event.id));
    await write({ id: 'e0', fraud: null }); // the last one: all before it are counted by then
    await eventually(
      () => second.metric('labels_joined_total{outcome="empty"}'),
      (count) => count === 1,
    );
    expect(await second.metric(joined)).toBe(50);
    expect(await labelled(second, '.*')).toBe(50);
    const { quality } = await monitor(second);
    expect(quality.days[0]!.cohorts[0]!.labelled).toBe(50); // by the last count
    expect((await second.stop()).code).toBe(0);
    await producer.disconnect();
  });
});
