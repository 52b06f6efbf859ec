import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ConfluentRegistry } from '../src/decode/confluent-registry.ts';
import { SILENT } from '../src/observe/logger.ts';
import { createKafka } from '../src/runtime/kafka-client.ts';
import { Lifecycle, type Started } from '../src/runtime/lifecycle.ts';
import { mavenStack } from '../src/stack/maven-stack.ts';
import { startStack } from '../src/stack/stack.ts';
import { plantBug } from './bug.ts';
import { inject, type InjectedFault } from './campaign.ts';
import { evaluate } from './evaluate.ts';
import { Events, schemaWith } from './events.ts';
import { createFaults } from './faults.ts';
import type { Totals } from './ledger.ts';
import { Load } from './load.ts';
import type { ChaosOptions } from './options.ts';
import { Progress } from './progress.ts';
import { Replicas } from './replicas.ts';
import { planFaults, type FaultKind } from './schedule.ts';
import { scorerConfig, SESSION_MS } from './scorer-config.ts';
import { createTopics, freshNames, PARTITIONS, IN_SYNC, REPLICATION, setInSync } from './topics.ts';

export interface RunOptions extends Omit<ChaosOptions, 'write'> {
  readonly kinds?: readonly FaultKind[];
  readonly projectDir: string;
  readonly stop: AbortSignal;
  readonly say: (line: string) => void;
}

export interface RunResult {
  readonly totals: Totals;
  readonly faults: readonly InjectedFault[];
  /** Whether all of the input was done in time; what was not is neither missing nor proven. */
  readonly drained: boolean;
  /** Replicas that ended without having been told to, and those that did not end well when told. */
  readonly endedThemselves: number;
  readonly endedBadly: number;
  readonly wallSeconds: number;
}

const BROKERS = 3;
/** What reading and matching takes: a fixed part, and one for each event. */
const READING_MS = 30_000;
const READING_MS_PER_EVENT = 0.02;
/** What is left of the input when the load ends has at least so long to be scored. */
const DRAIN_MS = 20_000;
const FIRST_OUTPUT_MS = 60_000;
const FIRST_RATE = 500;

/** One run from an empty cluster to the ledger. Everything it starts is stopped, also when it fails. */
export async function runChaos(options: RunOptions): Promise<RunResult> {
  const lifecycle = new Lifecycle();
  try {
    return await run(options, lifecycle);
  } finally {
    await lifecycle.stop();
  }
}

async function run(options: RunOptions, lifecycle: Lifecycle): Promise<RunResult> {
  const { events: total, seed, delivery, bug, projectDir, stop, say } = options;
  const startedAt = performance.now();
  const endAt = startedAt + options.minutes * 60_000;
  const main =
    bug === undefined ? join(projectDir, 'dist', 'main.js') : await lifecycle.start(() => plantBug(bug, projectDir));
  const stack = await lifecycle.start(async () => {
    const cacheDir = join(projectDir, '.cache', 'stack');
    const stackOptions = { env: process.env, brokers: BROKERS, cacheDir, projectDir, log: say };
    const value = await startStack(stackOptions, [['Maven', mavenStack]]); // the parts have to be ours to break
    return { value, stop: () => value.stop() };
  });
  const folder = await lifecycle.start(async () => {
    const value = await mkdtemp(join(tmpdir(), 'stream-scorer-chaos-'));
    return { value, stop: () => rm(value, { recursive: true, force: true }) };
  });
  const overrides = { requestTimeout: 8000, connectionTimeout: 2000 };
  const kafka = createKafka({ brokers: stack.brokers, clientId: 'chaos', overrides, logger: SILENT });
  const [admin, producer] = await lifecycle.start(async () => {
    const value = [kafka.admin(), kafka.producer({ allowAutoTopicCreation: false })] as const;
    await Promise.all(value.map((client) => client.connect()));
    const close = async (): Promise<void> => {
      await Promise.all(value.map((client) => client.disconnect()));
    };
    return { value, stop: close };
  });
  const registry = await lifecycle.start(() => {
    const value = new ConfluentRegistry({ url: stack.registryUrl, timeoutMs: 20_000, onFetch: () => undefined });
    return Promise.resolve(
      stoppable(value, () => {
        value.close();
      }),
    );
  });

  const names = freshNames();
  await createTopics(admin, names);
  const register = (moreFields: number): Promise<number> =>
    registry.register(`${names.input}-value`, schemaWith(moreFields));
  const events = new Events(seed, { id: await register(0), moreFields: 0 });
  const configFile = join(folder, 'scorer.yaml');
  await writeFile(configFile, scorerConfig(stack, names, delivery, projectDir));
  const logDir = options.logs === undefined ? folder : resolve(options.logs);
  await mkdir(logDir, { recursive: true });
  const replicas = await lifecycle.start(() => {
    const value = new Replicas({ main, configFile, logDir, say });
    return Promise.resolve(
      stoppable(value, () => {
        value.killAll();
      }),
    );
  });
  const load = await lifecycle.start(() => {
    const value = new Load({ producer, topic: names.input, partitions: PARTITIONS, events, total });
    return Promise.resolve(
      stoppable(value, () => {
        value.end();
      }),
    );
  });
  const progress = new Progress({ admin, groupId: names.group, topic: names.input, stop });

  say(`starting ${options.replicas} replicas, ${delivery}${bug === undefined ? '' : `, with the bug ${bug}`}`);
  for (let i = 0; i < options.replicas; i++) replicas.start();
  load.rate = FIRST_RATE;
  const loading = load.run();
  if (!(await progress.reaches(new Array<number>(PARTITIONS).fill(1), FIRST_OUTPUT_MS))) {
    throw new Error('the replicas do not score');
  }

  const readingMs = READING_MS + total * READING_MS_PER_EVENT;
  const faults = createFaults({
    stack: stack.faults!,
    brokers: BROKERS,
    replicas,
    sessionMs: SESSION_MS,
    newSchema: async () => {
      const moreFields = events.schema.moreFields + 1;
      const schema = { id: await register(moreFields), moreFields };
      return () => {
        events.schema = schema;
      };
    },
    askForAll: (all) => setInSync(admin, names.output, all ? REPLICATION : IN_SYNC),
  });
  const plan = planFaults({ seed, count: options.faults, ...(options.kinds === undefined ? {} : options) });
  const injected = await inject({ plan, faults, load, progress, until: endAt - readingMs, stop, say });

  const scoringEnd = endAt - readingMs / 2;
  await Promise.race([loading, timeUp(scoringEnd - DRAIN_MS)]);
  load.end();
  await loading;
  const drained = await progress.reaches(await progress.ends(), Math.max(DRAIN_MS, scoringEnd - performance.now()));
  await replicas.stopAll();
  say('reading the topics');
  const readingAt = performance.now();
  const committed = await progress.committed();
  const totals = await evaluate({ kafka, admin, names, registry, committed, until: endAt, stop });
  say(`read and matched in ${Math.round((performance.now() - readingAt) / 1000)} s`);
  if (totals.inputs < load.acknowledged) throw new Error('the cluster lost input that it had acknowledged');
  const { endedThemselves, endedBadly } = replicas;
  const wallSeconds = (performance.now() - startedAt) / 1000;
  return { totals, faults: injected, drained, endedThemselves, endedBadly, wallSeconds };
}

function stoppable<T>(value: T, end: () => void): Started<T> {
  const stop = (): Promise<void> => {
    end();
    return Promise.resolve();
  };
  return { value, stop };
}

async function timeUp(at: number): Promise<void> {
  await new Promise((done) => setTimeout(done, Math.max(0, at - performance.now())).unref());
}
