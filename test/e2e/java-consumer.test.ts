import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { atLeast, findJavas } from '../../src/demo/stack/java-homes.ts';
import { SHORT_LIVED } from '../../src/demo/stack/java-options.ts';
import { fetchArtifacts } from '../../src/demo/stack/maven-artifacts.ts';
import { eventually } from '../support/eventually.ts';
import { sharedStack } from '../support/stack.ts';
import { Here } from './here.ts';
import { configOf } from './scorer.ts';
import { someEvents, wire, World } from './world.ts';

const KAFKA_JAVA = 17;
const EVENTS = 700;

/**
 * What Kafka's own console consumer reads of a topic, checksums compared: offset and length of each
 * value. Throws what it says.
 */
async function readByJava({ brokers, output }: World, count: number): Promise<string[]> {
  const java = atLeast(await findJavas(process.env), KAFKA_JAVA);
  if (java === undefined) throw new Error(`no Java ${KAFKA_JAVA} is installed`);
  const { kafka } = await fetchArtifacts({
    env: { ...process.env, JAVA_HOME: java.home },
    cacheDir: resolve('.cache/stack'),
    pom: resolve('stack/pom.xml'),
    log: () => undefined,
  });
  const settings = ['check.crcs=true', 'isolation.level=read_committed'].flatMap((one) => [
    '--command-property',
    one,
  ]);
  const shown = ['print.offset=true', 'print.headers=true', 'print.value=false'].flatMap((one) => [
    '--formatter-property',
    one,
  ]);
  const tool = [
    ...SHORT_LIVED,
    '-cp',
    join(kafka, '*'),
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=error',
    'org.apache.kafka.tools.consumer.ConsoleConsumer',
  ];
  const wanted = ['--bootstrap-server', brokers.join(','), '--topic', output, '--from-beginning'];
  const ends = ['--max-messages', String(count), '--timeout-ms', '30000'];
  const { stdout } = await promisify(execFile)(java.command, [
    ...tool,
    ...wanted,
    ...ends,
    ...settings,
    ...shown,
  ]);
  return stdout.trim().split('\n');
}

const WAYS = [
  ['none', 'at-least-once'],
  ['none', 'exactly-once'],
  ['gzip', 'at-least-once'],
  ['lz4', 'exactly-once'],
] as const;

// The same bytes are read by kafkajs elsewhere, which compares no checksum. One topic for all, as a
// JVM takes longer than what it reads.
it('a Java consumer reads what is written with every compression and guarantee', async () => {
  const world = await new World(sharedStack()).open(1);
  const id = await world.register();
  await world.produce(
    0,
    someEvents(EVENTS).map((event) => wire(id, event)),
  );
  for (const [i, [codec, delivery]] of WAYS.entries()) {
    const group = `${world.name}-${i}`;
    const config = configOf(world, `delivery: ${delivery}\n`)
      .replace('carry: [id]', `carry: [id], compression: ${codec}`)
      .replace(/^name: .*/, `name: ${group}`);
    const scorer = await Here.running(config);
    await eventually(
      () => world.committed(group),
      ([offset]) => offset === EVENTS,
    );
    expect((await scorer.stop()).code).toBe(0);
  }
  const read = await readByJava(world, WAYS.length * EVENTS);
  const offsets = read.map((line) => Number(/Offset:(\d+)/.exec(line)?.[1]));
  expect(offsets).toHaveLength(WAYS.length * EVENTS);
  expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
  await world.close();
});
