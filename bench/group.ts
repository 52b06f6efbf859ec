// The group protocol with many idle members, on a broker of its own: node bench/group.ts [MEMBERS,MEMBERS …] [PARTITIONS]
import { fork, type ChildProcess } from 'node:child_process';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from '../src/observe/logger.ts';
import { createKafka } from '../src/runtime/kafka-client.ts';
import { mavenStack } from '../src/stack/maven-stack.ts';

const PROCESSES = 2;
const LIMIT_MS = 60_000;
const POLL_MS = 20;
const SCRIPT = join(import.meta.dirname, 'group-members.ts');

const [sizes = '10,50,100,200', partitions = '1000'] = process.argv.slice(2);
const projectDir = resolve(import.meta.dirname, '..');
const stack = await mavenStack({
  env: process.env,
  cacheDir: join(projectDir, '.cache', 'stack'),
  projectDir,
  log: console.error,
});
if (!('kind' in stack)) throw new Error(stack.missing);
const brokers = stack.brokers.join(',');
const kafka = createKafka({ brokers: stack.brokers, clientId: 'bench', logger: createLogger('error', 'bench') });
const admin = kafka.admin();
try {
  await admin.connect();
  console.log('| members | all have joined (s) | one leaves: all have partitions again (s) |\n| --- | --- | --- |');
  for (const size of sizes.split(',').map(Number)) await measureGroup(size);
} finally {
  await admin.disconnect();
  await stack.stop();
}
process.exit(0);

async function measureGroup(size: number): Promise<void> {
  const topic = `idle-${size}`;
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: Number(partitions) }] });
  const assigned = new Map<number, number>();
  const startedAt = performance.now();
  const children = Array.from({ length: PROCESSES }, (_, i): ChildProcess => {
    const [from, to] = [Math.floor((size * i) / PROCESSES), Math.floor((size * (i + 1)) / PROCESSES)];
    const child = fork(SCRIPT, [brokers, topic, topic, String(to - from), String(from)]);
    child.on('message', (message) => {
      const { member, partitions: count } = message as { member: number; partitions: number };
      assigned.set(member, count);
    });
    return child;
  });
  const settled = async (members: number): Promise<number> => {
    const since = performance.now();
    const whole = (): boolean =>
      assigned.size === members && [...assigned.values()].reduce((a, b) => a + b, 0) === Number(partitions);
    while (!whole() && performance.now() - since < LIMIT_MS) await sleep(POLL_MS);
    return whole() ? performance.now() : NaN;
  };
  const joined = await settled(size);
  assigned.clear(); // every member joins anew when one leaves
  const leftAt = performance.now();
  children[0]!.send('leave');
  const again = await settled(size - 1);
  const show = (from: number, to: number): string =>
    Number.isNaN(to) ? `over ${LIMIT_MS / 1000}` : ((to - from) / 1000).toFixed(1);
  console.log(`| ${size} | ${show(startedAt, joined)} | ${show(leftAt, again)} |`);
  for (const child of children) child.disconnect();
}
