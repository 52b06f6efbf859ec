// `npm run bench`: the built program against a loop that only copies, in interleaved runs on a real broker.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Kafka } from 'kafkajs';
import { ConfluentRegistry } from '../src/decode/confluent-registry.ts';
import { formatProblems, ScorerError } from '../src/errors.ts';
import { createLogger } from '../src/observe/logger.ts';
import { createKafka } from '../src/runtime/kafka-client.ts';
import { Lifecycle } from '../src/runtime/lifecycle.ts';
import { TRANSACTION_SCHEMA } from '../src/simulate/transaction.ts';
import { startStack, type Stack } from '../src/stack/stack.ts';
import { preload } from './backlog.ts';
import { describeMachine } from './machine.ts';
import type { Measured } from './measure.ts';
import { describeModel } from './model-facts.ts';
import { readOptions, USAGE, type BenchOptions } from './options.ts';
import { copyLoop, scorer, type Program } from './programs.ts';
import { reportPage, reportThroughput } from './report.ts';
import { forgetSchema } from './subjects.ts';
import { interleave } from './throughput.ts';
import { Topics } from './topics.ts';

const PROJECT = resolve(import.meta.dirname, '..');
const REPORT = 'docs/benchmarks.md';

const say = (line: string): void => {
  console.error(line);
};

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    stop.abort();
  });
}

function programsOf({ main, modelDir, champion, sets, aa, profile }: BenchOptions): Program[] {
  const nodeArgs = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${resolve(profile)}`];
  const same = { main: resolve(main), modelDir: resolve(modelDir), champion, sets, nodeArgs };
  return [
    copyLoop(nodeArgs),
    scorer({ name: 'scorer', ...same }),
    ...(aa ? [scorer({ name: 'scorer (again)', ...same })] : []),
  ];
}

/** Fills a new topic; answers the mean size of an event's value. */
async function fill(kafka: Kafka, stack: Stack, topic: string, options: BenchOptions): Promise<number> {
  const registry = new ConfluentRegistry({ url: stack.registryUrl, timeoutMs: 10_000, onFetch: () => undefined });
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  try {
    const schemaId = await registry.register(`${topic}-value`, TRANSACTION_SCHEMA);
    await producer.connect();
    return await preload({ producer, topic, schemaId, ...options });
  } finally {
    await producer.disconnect();
    registry.close();
  }
}

function tell({ program, round, eventsPerSecond, cpuSecondsPerMillion, peakRssBytes, complete }: Measured): void {
  const speed = `${Math.round(eventsPerSecond)} events/s, ${cpuSecondsPerMillion.toFixed(2)} CPU-s per million`;
  say(`round ${round}  ${program}: ${speed}, ${Math.round(peakRssBytes / 1e6)} MB${complete ? '' : ', NOT complete'}`);
}

async function bench(options: BenchOptions, lifecycle: Lifecycle): Promise<boolean> {
  const stack = await lifecycle.start(async () => {
    const cacheDir = join(PROJECT, '.cache', 'stack');
    const value = await startStack({ env: process.env, cacheDir, projectDir: PROJECT, log: say });
    return { value, stop: () => value.stop() };
  });
  const folder = await lifecycle.start(async () => {
    const value = await mkdtemp(join(tmpdir(), 'stream-scorer-bench-'));
    return { value, stop: () => rm(value, { recursive: true, force: true }) };
  });
  const kafka = createKafka({ brokers: stack.brokers, clientId: 'bench', logger: createLogger('error', 'bench') });
  const admin = await lifecycle.start(async () => {
    const value = kafka.admin();
    await value.connect();
    return { value, stop: () => value.disconnect() };
  });
  const topics = await lifecycle.start(() => {
    const value = new Topics(admin);
    return Promise.resolve({ value, stop: () => value.deleteAll() });
  });

  const { events, partitions, rounds } = options;
  const prefix = `bench-${Date.now()}`;
  const [input, deadLetter] = [`${prefix}-in`, `${prefix}-dead`];
  await topics.create(input, partitions);
  await topics.create(deadLetter, partitions);
  await lifecycle.start(() =>
    Promise.resolve({ value: undefined, stop: () => forgetSchema(stack.registryUrl, input) }),
  );
  say(`writing ${events} events to ${input} on ${stack.brokers.join(',')} (${stack.kind})`);
  const eventBytes = await fill(kafka, stack, input, options);
  const measured = await interleave({
    programs: programsOf(options),
    rounds,
    events,
    job: { brokers: stack.brokers, registryUrl: stack.registryUrl, input, deadLetter, partitions, folder },
    prefix,
    topics,
    stop: stop.signal,
    onMeasured: tell,
  });
  const model = describeModel(options.modelDir, options.champion);
  const page = reportPage(
    ['npm run bench --', ...process.argv.slice(2)].join(' '),
    new Date().toISOString().slice(0, 10),
    describeMachine(stack),
    [reportThroughput({ measured, events, partitions, model, eventBytes })],
  );
  console.log(page);
  if (options.write) {
    await mkdir(join(PROJECT, 'docs'), { recursive: true });
    await writeFile(join(PROJECT, REPORT), page);
  }
  return measured.every(({ complete }) => complete);
}

async function main(args: readonly string[]): Promise<number> {
  let options;
  try {
    options = readOptions(args);
  } catch (error) {
    say(`${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  if (options === 'help') {
    console.log(USAGE);
    return 0;
  }
  const lifecycle = new Lifecycle();
  try {
    return (await bench(options, lifecycle)) ? 0 : 1;
  } catch (error) {
    if (stop.signal.aborted) say('stopped');
    else say(error instanceof ScorerError ? formatProblems(error.problems) : String((error as Error).stack));
    return 1;
  } finally {
    await lifecycle.stop();
  }
}

process.exitCode = await main(process.argv.slice(2));
