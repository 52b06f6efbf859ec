// `npm run soak`: one scorer, a backlog that never ends, large records among it, and a destination
// that takes a tenth of what the scorer gives. Exit code 0: it stayed under the limit and nothing
// is missing; 1: it did not, or the run failed; 2: the command line is wrong.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfluentRegistry } from '../src/decode/confluent-registry.ts';
import { SILENT } from '../src/observe/logger.ts';
import { createKafka } from '../src/kafkajs/kafka-client.ts';
import { Lifecycle } from '../src/runtime/lifecycle.ts';
import { mavenStack } from '../src/demo/stack/maven-stack.ts';
import { startStack } from '../src/demo/stack/stack.ts';
import { evaluate } from './evaluate.ts';
import { Events, schemaWith } from './events.ts';
import { Replica } from './replica.ts';
import { scorerConfig } from './scorer-config.ts';
import { Backlog, BLOB } from './soak-load.ts';
import { readSoakOptions, SOAK_USAGE, type SoakOptions } from './soak-options.ts';
import { startThrottle } from './throttle.ts';
import { createTopics, freshNames, PARTITIONS } from './topics.ts';

const SLOWER = 10;
const BACKLOG = 300_000;
const SAMPLE_MS = 1000;
const REPORT_SAMPLES = 30;
const DRAIN_MS = 300_000;
const projectDir = resolve(import.meta.dirname, '..');
const say = (line: string): void => {
  console.error(line);
};

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    stop.abort();
  });

const lifecycle = new Lifecycle();
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  say(String((error as Error).stack));
  process.exitCode = 1;
} finally {
  await lifecycle.stop();
}

async function main(args: readonly string[]): Promise<number> {
  let options;
  try {
    options = readSoakOptions(args);
  } catch (error) {
    say(`${(error as Error).message}\n\n${SOAK_USAGE}`);
    return 2;
  }
  if (options !== 'help') return soak(options);
  console.log(SOAK_USAGE);
  return 0;
}

async function soak({ minutes, delivery, limitMb }: SoakOptions): Promise<number> {
  const stack = await lifecycle.start(async () => {
    const cacheDir = join(projectDir, '.cache', 'stack');
    const value = await startStack({ env: process.env, cacheDir, projectDir, log: say }, [
      ['Maven', mavenStack],
    ]);
    return { value, stop: () => value.stop() };
  });
  const throttle = await lifecycle.start(() => startThrottle(stack.brokers[0]!));
  const kafka = createKafka({ brokers: stack.brokers, clientId: 'soak', logger: SILENT });
  const [admin, producer] = [kafka.admin(), kafka.producer({ allowAutoTopicCreation: false })];
  await lifecycle.start(async () => {
    await Promise.all([admin.connect(), producer.connect()]);
    const close = async (): Promise<void> => {
      await Promise.all([admin.disconnect(), producer.disconnect()]);
    };
    return { value: undefined, stop: close };
  });
  const registry = new ConfluentRegistry({
    url: stack.registryUrl,
    timeoutMs: 20_000,
    onFetch: () => undefined,
  });
  const folder = await mkdtemp(join(tmpdir(), 'stream-scorer-soak-'));
  await lifecycle.start(() =>
    Promise.resolve({
      value: undefined,
      stop: async () => {
        registry.close();
        await rm(folder, { recursive: true, force: true });
      },
    }),
  );

  const names = freshNames();
  await createTopics(admin, names, 1);
  const base = schemaWith(0) as { fields: object[] };
  const id = await registry.register(`${names.input}-value`, {
    ...base,
    fields: [...base.fields, BLOB],
  });
  const configFile = join(folder, 'scorer.yaml');
  await writeFile(
    configFile,
    scorerConfig({ ...stack, brokers: [throttle.address] }, names, delivery, projectDir),
  );

  let done = 0;
  const load = new Backlog({
    producer,
    topic: names.input,
    partitions: PARTITIONS,
    backlog: BACKLOG,
    events: new Events(1, { id, moreFields: 1 }),
    done: () => done,
  });
  const loading = load.run();
  await lifecycle.start(() =>
    Promise.resolve({
      value: undefined,
      stop: async () => {
        load.end();
        await loading;
      },
    }),
  );
  while (load.sent < BACKLOG) await sleep(SAMPLE_MS, undefined, { signal: stop.signal });

  const scorer = new Replica(
    'scorer',
    [join(projectDir, 'dist', 'main.js'), 'run', '--config', configFile],
    join(folder, 'scorer.log'),
  );
  await lifecycle.start(() =>
    Promise.resolve({
      value: undefined,
      stop: async () => {
        scorer.signal('SIGKILL');
        await scorer.ended;
      },
    }),
  );

  let maxRss = 0;
  let full: { at: number; done: number; bytes: number } | undefined;
  let slowFrom: { at: number; done: number } | undefined;
  let eventsPerSecond = 0;
  let slowRate = 0;
  for (
    let sample = 1;
    slowFrom === undefined || performance.now() < slowFrom.at + minutes * 60_000;
    sample++
  ) {
    await sleep(SAMPLE_MS, undefined, { signal: stop.signal });
    if (!scorer.running) throw new Error(`the scorer ended by itself:\n${scorer.tail}`);
    done = await committed();
    const rss = await rssMb(scorer.pid!);
    maxRss = Math.max(maxRss, rss);
    const now = performance.now();
    if (full === undefined) {
      if (done > BACKLOG / 10) full = { at: now, done, bytes: throttle.produced };
    } else if (slowFrom === undefined && done - full.done > BACKLOG / 2) {
      const seconds = (now - full.at) / 1000;
      eventsPerSecond = (done - full.done) / seconds;
      throttle.bytesPerSecond = (throttle.produced - full.bytes) / seconds / SLOWER;
      slowFrom = { at: now, done };
      say(
        `${Math.round(eventsPerSecond)} events/s unhindered; from now on ${Math.round(throttle.bytesPerSecond)} bytes/s of output`,
      );
    } else if (slowFrom !== undefined) {
      slowRate = ((done - slowFrom.done) * 1000) / (now - slowFrom.at);
    }
    if (sample % REPORT_SAMPLES === 0)
      say(
        `${sample} s: ${rss} MB, ${done} done, ${load.sent - done} waiting, ${scorer.assignments} assignments`,
      );
  }
  const { assignments } = scorer;
  load.end();
  await loading;
  throttle.release();
  for (const until = performance.now() + DRAIN_MS; (done = await committed()) < (await ends());) {
    if (performance.now() > until)
      throw new Error(`${(await ends()) - done} events are still waiting`);
    await sleep(SAMPLE_MS, undefined, { signal: stop.signal });
    maxRss = Math.max(maxRss, await rssMb(scorer.pid!));
  }
  scorer.signal('SIGTERM');
  await scorer.ended;
  const totals = await evaluate({
    kafka,
    names,
    registry,
    committed: new Array<number>(PARTITIONS).fill(Infinity),
    until: performance.now() + DRAIN_MS,
    stop: stop.signal,
  });

  console.log(
    JSON.stringify({
      delivery,
      minutes,
      maxRssMb: maxRss,
      eventsPerSecond: Math.round(eventsPerSecond),
      slowEventsPerSecond: Math.round(slowRate),
      rebalances: assignments - 1,
      exitCode: scorer.exitCode,
      ...totals,
    }),
  );
  const broken = [
    maxRss > limitMb ? `${maxRss} MB are more than ${limitMb} MB` : '',
    totals.missing > 0 ? `${totals.missing} inputs have no output` : '',
    totals.outOfOrder > 0 ? `${totals.outOfOrder} outputs are out of order` : '',
    totals.wrong > 0 ? `${totals.wrong} outputs are wrong` : '',
    delivery === 'exactly-once' && totals.duplicates > 0
      ? `${totals.duplicates} outputs are there twice`
      : '',
    totals.inputs < load.sent ? 'the cluster lost input' : '',
    assignments !== 1 ? `the group assigned ${assignments} times` : '',
    scorer.exitCode === 0 ? '' : 'the scorer did not end well',
  ].filter((line) => line !== '');
  console.log(broken.length === 0 ? 'It held.' : `IT DID NOT HOLD: ${broken.join('; ')}.`);
  return broken.length === 0 ? 0 : 1;

  async function committed(): Promise<number> {
    // A coordinator that is only just starting answers that it is; what was known before still
    // holds.
    const [answer] = await admin
      .fetchOffsets({ groupId: names.group, topics: [names.input] })
      .catch(() => []);
    if (answer === undefined) return done;
    return answer.partitions.reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
  }

  async function ends(): Promise<number> {
    return (await admin.fetchTopicOffsets(names.input)).reduce(
      (sum, { high }) => sum + Number(high),
      0,
    );
  }
}

/** Resident memory of a process, MB. */
async function rssMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
}
