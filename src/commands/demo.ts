import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '../config/load.ts';
import type { Settings } from '../config/settings.ts';
import { kafkaOf, registryOf } from '../compose/connections.ts';
import { encodeTransactions } from '../demo/avro-transactions.ts';
import { feed } from '../demo/feed.ts';
import { createTopics, deleteTopics } from '../demo/kafka-topics.ts';
import { Ledger } from '../demo/ledger.ts';
import { AFTER, BEFORE, writeConfig } from '../demo/promotion.ts';
import { describeVerdict } from '../demo/report.ts';
import { startScorer } from '../demo/scorer-process.ts';
import { Show } from '../demo/show.ts';
import { Takeover } from '../demo/takeover.ts';
import { View } from '../demo/view.ts';
import { warmTransactions } from '../demo/warm-transactions.ts';
import { ScorerError } from '../errors.ts';
import { createLogger } from '../observe/logger.ts';
import { startKafkaSink } from '../produce/kafka-sink.ts';
import { COMPRESSIONS } from '../kafkajs/kafka-codecs.ts';
import { isAbortOf } from '../runtime/abort.ts';
import { Lifecycle } from '../runtime/lifecycle.ts';
import { untilAvailable } from '../runtime/retry.ts';
import { TRANSACTION_SCHEMA } from '../demo/simulate/transaction.ts';
import { startStack } from '../demo/stack/stack.ts';
import type { CommonOptions, Context, DemoContext, ExitCode } from './context.ts';

export interface DemoOptions extends CommonOptions {
  /** Events per second. */
  readonly rate?: number;
  /** Ends after this many events. */
  readonly events?: number;
  readonly seed?: number;
  /** False: use the brokers and the registry of the configuration. */
  readonly stack: boolean;
  /** False: only produce. */
  readonly score: boolean;
  /** False: the version of the model that decides at the start decides until the end. */
  readonly swap: boolean;
}

const DEFAULT_CONFIG = 'config/scorer.yaml';
const PARTITIONS = 4;
/** How long a start is awaited when the demo stops, so that it leaves nothing behind. */
const GRACE_MS = 15_000;
const DEFAULT_RATE = 500;
const DEFAULT_BOUNDED_RATE = 5000;
/** When another version takes over, in a demo without an end. */
const SWAP_AFTER_S = 15;

/**
 * Streams simulated card transactions through the scorer on a real stack, and shows what happens.
 */
export async function demo(options: DemoOptions, context: DemoContext): Promise<ExitCode> {
  // A demo whose output nobody reads any more (`| head`) stops as if it were told to.
  const stop = AbortSignal.any([context.stop, context.unread]);
  const lifecycle = new Lifecycle(stop);
  try {
    return await play(options, { ...context, stop }, lifecycle);
  } catch (error) {
    // The demo was told to stop while it started. What had started is stopped, and there is nothing
    // to report.
    if (isAbortOf(stop, error)) return 0;
    throw error;
  } finally {
    await lifecycle.stop();
  }
}

async function play(
  options: DemoOptions,
  context: Context,
  lifecycle: Lifecycle,
): Promise<ExitCode> {
  const { out, err, stop, terminal } = context;
  // Relative paths in a configuration start at the working directory. The configuration of the
  // package uses the folder of the package.
  const cwd =
    options.config === DEFAULT_CONFIG && !existsSync(join(context.cwd, DEFAULT_CONFIG))
      ? projectDir()
      : context.cwd;
  const say = (line: string): void => {
    err(`${line}\n`);
  };
  const { env, shared } = await prepareStack(options, context, lifecycle, say);
  // If others use the stack too, this run uses topics of its own, so that it counts only its own
  // events.
  const sets = [
    ...options.set,
    ...(shared && options.score ? ownTopics(`demo-${Date.now()}`) : []),
  ];
  const { settings } = await loadConfig({ file: options.config, sets, env, cwd });
  const logger = createLogger('error', settings.name);
  const kafka = await kafkaOf(settings, logger);
  const topics = [...settings.input.topics, settings.output.topic, settings.deadLetter.topic];
  const own = shared && options.score;
  await lifecycle.start(async () => {
    await createTopics(kafka, topics, PARTITIONS);
    return {
      value: undefined,
      stop: own ? () => deleteTopics(kafka, topics) : () => Promise.resolve(),
    };
  }, GRACE_MS);
  const schemaId = await lifecycle.step(() => {
    // A registry that has just started may need longer for its first schema than the usual timeout.
    const onRetry = ({ problems }: ScorerError): void => {
      say(`waiting for the schema registry: ${problems[0]!.what}`);
    };
    return untilAvailable(() => registerTransactions(settings), { signal: stop, onRetry });
  });

  const ledger = new Ledger();
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  let show: Show | undefined;
  let promote: (() => Promise<void>) | undefined;
  if (options.score) {
    const folder = join(context.cwd, '.cache', 'demo');
    await mkdir(folder, { recursive: true });
    const logFile = join(folder, 'scorer.log');
    say(`starting the scorer (its log: ${logFile})`);
    const given = resolve(cwd, options.config);
    const promotion = promotes(options) ? await stage(given, folder) : undefined;
    promote = promotion?.promote;
    const config = promotion?.config ?? given;
    const { port } = await lifecycle.start(
      () => startScorer({ config, sets, env, cwd, logFile, stop, onExit: failed.reject }),
      GRACE_MS,
    );
    show = new Show({
      kafka,
      settings,
      ledger,
      port,
      view: new View(out, terminal),
      ends: options.events,
    });
    const started = show;
    // A scorer that could not start says why; what the view misses then is no news.
    await lifecycle.start(() => Promise.race([started.start(), failed.promise]));
  }

  const sink = await lifecycle.start(() =>
    startKafkaSink({ kafka, compression: COMPRESSIONS.none }),
  );
  say('simulating the weeks before the first event, to compute its features');
  const rate = options.rate ?? (options.events === undefined ? DEFAULT_RATE : DEFAULT_BOUNDED_RATE);
  const takeover =
    show === undefined || promote === undefined
      ? undefined
      : new Takeover({
          promote,
          version: AFTER.champion,
          champion: show.champion,
          ...takeoverAt(options.events, rate),
          say,
          signal: stop,
          failed: failed.reject,
        });
  const transactions = warmTransactions(options.seed, options.events ?? Infinity, runId());
  const fed = feed({
    events: encodeTransactions(transactions, schemaId, ({ event, fraud }) => {
      if (options.score) ledger.send(event.transactionId, fraud);
      show?.remember(event);
    }),
    sink,
    topic: settings.input.topics[0]!,
    rate,
    signal: stop,
    onSent: (sent) => {
      show?.sent(sent);
      return takeover?.sent(sent);
    },
  });
  await Promise.race([fed, failed.promise]);
  if (show === undefined) return 0;
  await Promise.race([show.finished(stop), failed.promise]);
  if (options.events === undefined) return 0;

  const verdict = ledger.verdict();
  out(describeVerdict(verdict, await show.deadLetters(), show.versions));
  if (verdict.missing === 0 || stop.aborted) return 0;
  throw new ScorerError({
    code: 'EVENTS_MISSING',
    what: `${verdict.missing} of ${verdict.events} events have no score`,
  });
}

/** Whether it is the demo itself that says which versions of the model there are. */
function promotes({ config, set, swap }: DemoOptions): boolean {
  return swap && config === DEFAULT_CONFIG && !set.some((path) => path.startsWith('model.'));
}

/** After how many events another version takes over, and how many wait for it in a short demo. */
function takeoverAt(events: number | undefined, rate: number): { after: number; holdAt: number } {
  if (events === undefined) return { after: SWAP_AFTER_S * rate, holdAt: Infinity };
  return { after: events / 2, holdAt: (events * 3) / 4 };
}

/** The configuration of a scorer whose challenger will take over. */
async function stage(
  given: string,
  folder: string,
): Promise<{ readonly config: string; readonly promote: () => Promise<void> }> {
  const text = await readFile(given, 'utf8');
  const config = join(folder, 'scorer.yaml');
  await writeConfig(config, text, BEFORE);
  return { config, promote: () => writeConfig(config, text, AFTER) };
}

async function prepareStack(
  options: DemoOptions,
  { env, cwd }: Context,
  lifecycle: Lifecycle,
  say: (line: string) => void,
): Promise<{ env: Context['env']; shared: boolean }> {
  if (!options.stack) return { env, shared: false };
  const stack = await lifecycle.start(async () => {
    const value = await startStack({
      env,
      cacheDir: join(cwd, '.cache', 'stack'),
      projectDir: projectDir(),
      log: say,
    });
    return { value, stop: () => value.stop() };
  });
  say(`Kafka ${stack.brokers.join(',')}   schema registry ${stack.registryUrl}   (${stack.kind})`);
  const found = { KAFKA_BROKERS: stack.brokers.join(','), SCHEMA_REGISTRY_URL: stack.registryUrl };
  return { env: { ...env, ...found }, shared: stack.kind === 'environment' };
}

/** Identifies this run among all runs that write to the same topic. */
function runId(): string {
  return `${Date.now().toString(36)}${randomBytes(2).toString('hex')}`;
}

function ownTopics(run: string): string[] {
  return [
    `input.topics=[transactions-${run}]`,
    `input.groupId=${run}`,
    `output.topic=transaction-scores-${run}`,
    `deadLetter.topic=transactions-dead-${run}`,
  ];
}

async function registerTransactions(settings: Settings): Promise<number> {
  const registry = await registryOf(settings);
  try {
    return await registry.register(
      settings.input.subject[settings.input.topics[0]!]![0]!,
      TRANSACTION_SCHEMA,
    );
  } finally {
    registry.close();
  }
}

/** The folder of the project: beside src/ or dist/. */
function projectDir(): string {
  return dirname(dirname(dirname(fileURLToPath(import.meta.url))));
}
