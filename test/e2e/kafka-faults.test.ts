import type { Stack } from '../../src/demo/stack/stack.ts';
import type kafkajsTypes from 'kafkajs';
import { eventually } from '../support/eventually.ts';
import { plainKafkajs as kafkajs } from '../support/plain-kafkajs.ts';
import { stackWithOurSettings } from '../support/stack.ts';
import { Here } from './here.ts';
import { configOf, Scorer } from './scorer.ts';
import { someEvents, wire, World } from './world.ts';

const METADATA =
  'kafkajs: { consumer: { metadataMaxAge: 500, sessionTimeout: 6000, heartbeatInterval: 500 } }\n';

describe('what happens to topics', () => {
  let stack: Stack;
  let world: World;
  beforeAll(async () => {
    stack = await stackWithOurSettings();
  });
  afterAll(() => stack.stop());
  beforeEach(async () => {
    world = await new World(stack).open(1);
  });
  afterEach(() => world.close());

  const someValues = (id: number, count: number, from = 0): Buffer[] =>
    someEvents(count, from).map((event) => wire(id, event));

  /** A group that committed 100 of a topic whose first 200 records are gone. */
  const outOfRange = async (): Promise<number> => {
    const id = await world.register();
    await world.produce(0, someValues(id, 300));
    await world.admin.setOffsets({
      groupId: world.name,
      topic: world.input,
      partitions: [{ partition: 0, offset: '100' }],
    });
    await world.admin.deleteTopicRecords({
      topic: world.input,
      partitions: [{ partition: 0, offset: '200' }],
    });
    return id;
  };

  it('ends where the committed offset is out of range, and a person has to decide', async () => {
    await outOfRange();
    const { code, err } = await (await Here.start(configOf(world))).ended;
    expect(code).toBe(1);
    expect(err).toContain('OFFSET_OUT_OF_RANGE');
    expect(err).toContain('input.outOfRange');
    expect(await world.endOffsets(world.output)).toBe(0);
  });

  it.each([
    ['earliest', 200],
    ['latest', 300],
  ])('goes on at the %s record where the configuration says so', async (policy, first) => {
    const id = await outOfRange();
    let end = 300;
    const produceMore = async (count: number): Promise<void> => {
      await world.produce(0, someValues(id, count, end));
      end += count;
    };
    const config = configOf(world).replace(
      `topics: [${world.input}]`,
      `topics: [${world.input}], outOfRange: ${policy}`,
    );
    const scorer = await Here.running(config);
    await eventually(
      () => scorer.log,
      (log) => log.includes('the committed offset is not in the topic'),
    );
    // Where the latest record is, is asked a little later than the log says so: until then, records
    // are passed over.
    await eventually(
      () => produceMore(1).then(() => world.committed()),
      ([offset]) => offset! > 200,
    );
    await produceMore(10);
    await eventually(
      () => world.committed(),
      ([offset]) => offset === end,
    );
    await scorer.stop();
    const offsets = (await world.readScores()).map(({ source }) => source.offset);
    expect(offsets).toEqual(Array.from({ length: end - offsets[0]! }, (_, i) => offsets[0]! + i));
    if (policy === 'earliest') expect(offsets[0]).toBe(first);
    else expect(offsets[0]).toBeGreaterThanOrEqual(first);
  });

  it('scores partitions that are added while it runs', async () => {
    const id = await world.register();
    const scorer = await Here.running(configOf(world, METADATA));
    for (const topic of [world.output, world.input]) {
      await world.admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] });
    }
    await eventually(
      () => scorer.metric('assigned_partitions'),
      (partitions) => partitions === 3,
    );
    await world.produce(2, someValues(id, 50));
    await eventually(
      () => world.committed(),
      (offsets) => offsets[2] === 50,
    );
    expect((await scorer.stop()).code).toBe(0);
  });

  const { AclOperationTypes: Operation, AclResourceTypes: Resource } = kafkajs;

  /** Everybody may see it, and not use it. */
  const deny = async (
    type: kafkajsTypes.AclResourceTypes,
    name: string,
    operation: kafkajsTypes.AclOperationTypes,
  ): Promise<void> => {
    const acl = {
      resourceType: type,
      resourceName: name,
      resourcePatternType: kafkajs.ResourcePatternTypes.LITERAL,
      principal: 'User:ANONYMOUS',
      host: '*',
      operation,
      permissionType: kafkajs.AclPermissionTypes.DENY,
    };
    const allow = {
      ...acl,
      operation: Operation.DESCRIBE,
      permissionType: kafkajs.AclPermissionTypes.ALLOW,
    };
    await world.admin.createAcls({ acl: [acl, allow] });
  };

  it('names everything that is denied at once, in `check`, and `run` does not wait for it', async () => {
    await world.register();
    await deny(Resource.TOPIC, world.input, Operation.READ);
    await deny(Resource.TOPIC, world.output, Operation.WRITE);
    await deny(Resource.TOPIC, world.dead, Operation.ALL);
    await deny(Resource.GROUP, world.name, Operation.READ);
    await deny(Resource.TRANSACTIONAL_ID, `${world.name}-/${world.input}/0`, Operation.ALL);
    for (const command of ['check', 'run']) {
      const { code, err } = await (
        await Scorer.start(configOf(world, 'delivery: exactly-once\n'), [command])
      ).ended;
      for (const [what, where] of [
        [`Read on the topic ${world.input} is not allowed`, 'input.topics[0]'],
        [`Write on the topic ${world.output} is not allowed`, 'output.topic'],
        [`Write on the topic ${world.dead} is not allowed`, 'deadLetter.topic'],
        [`Read on the group ${world.name} is not allowed`, 'input.groupId'],
        [
          `Write on the transactional id ${world.name}-/${world.input}/0 is not allowed`,
          'delivery',
        ],
      ]) {
        expect(err).toContain(`KAFKA_DENIED  ${what}`);
        expect(err).toContain(`where   ${where}`);
      }
      expect(code).toBe(2);
    }
  });

  it.each([
    [
      'the transactional id',
      Resource.TRANSACTIONAL_ID,
      () => `${world.name}-/${world.input}/0`,
      'transactional id',
    ],
    ['the group', Resource.GROUP, () => world.name, 'group'],
  ])('ends and names %s where it is denied while it runs', async (_what, type, name, said) => {
    const id = await world.register();
    const scorer = await Here.running(configOf(world, 'delivery: exactly-once\n'));
    await world.produce(0, someValues(id, 10));
    await eventually(
      () => world.committed(),
      ([offset]) => offset === 10,
    );
    await deny(type, name(), Operation.ALL);
    await world.produce(0, someValues(id, 10));
    const { code, err } = await scorer.ended;
    expect(err).toMatch(new RegExp(`KAFKA_DENIED .*${said}`));
    expect(code).toBe(2);
  });
});
