// `npm run bench`: the built program against a loop that only copies, in interleaved runs on a real
// broker.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, Kafka } from 'kafkajs';
import { ConfluentRegistry } from '../src/decode/confluent-registry.ts';
import { formatProblems, ScorerError } from '../src/errors.ts';
import { createLogger } from '../src/observe/logger.ts';
import { createKafka } from '../src/kafkajs/kafka-client.ts';
import { Lifecycle } from '../src/runtime/lifecycle.ts';
import { TRANSACTION_SCHEMA } from '../src/demo/simulate/transaction.ts';
import { startStack } from '../src/demo/stack/stack.ts';
import { preload } from './backlog.ts';
import { barsOf } from './bars.ts';
import { paced, type Latency } from './latency.ts';
import { measureGroups, type GroupTimes } from './group.ts';
import { describeMachine } from './machine.ts';
import { measure, type Measured } from './measure.ts';
import { describeModel } from './model-facts.ts';
import { readOptions, USAGE, type BenchOptions, type Measuring } from './options.ts';
import { readProfiles } from './profile.ts';
import { copyLoop, scorer, type Job, type Program } from './programs.ts';
import { picture } from './picture.ts';
import { measureMonitor } from './monitor.ts';
import { measurePairs } from './pair.ts';
import { measurePipeline } from './pipeline.ts';
import { measurePolicy } from './policy.ts';
import { measureShap } from './shap.ts';
import { withFigures } from './report-readme.ts';
import { reportPage } from './report.ts';
import { formatResults, parseResults, type Results } from './results.ts';
import { forgetSchema } from './subjects.ts';
import { memory } from './memory.ts';
import { pointsOf } from './sweep-points.ts';
import { measureChallenger } from './challenger.ts';
import { measureSwaps, type SwapRound } from './swaps.ts';
import { sweep, type SweptRun } from './sweep.ts';
import { interleave } from './throughput.ts';
import { Topics } from './topics.ts';
import { withProducer } from './with-producer.ts';

const PROJECT = resolve(import.meta.dirname, '..');

/**
 * How long topics may take to be deleted and clients to leave; whatever is still there ends with
 * the process.
 */
const CLEAR_MS = 5000;

const say = (line: string): void => {
  console.error(line);
};

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    stop.abort();
  });
}

function programsOf({
  main,
  modelDir,
  champion,
  sets,
  aa,
  exactlyOnce,
  challenger,
  beside,
  processes,
  profile,
}: BenchOptions): Program[] {
  const nodeArgs =
    profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${resolve(profile)}`];
  const same = { main: resolve(main), modelDir: resolve(modelDir), champion, sets, nodeArgs };
  return [
    copyLoop(nodeArgs),
    scorer({ name: 'scorer', ...same }),
    ...(aa ? [scorer({ name: 'scorer (again)', ...same })] : []),
    ...(exactlyOnce
      ? [
          scorer({
            ...same,
            name: 'scorer, exactly-once',
            sets: [...sets, 'delivery=exactly-once'],
          }),
        ]
      : []),
    ...(challenger === undefined
      ? []
      : [
          scorer({
            ...same,
            name: `scorer, challenger ${challenger}`,
            sets: [...sets, `model.challenger=${JSON.stringify(challenger)}`],
          }),
        ]),
    ...beside.map(({ name, sets: more }) =>
      scorer({ ...same, name: `scorer, ${name}`, sets: [...sets, ...more] }),
    ),
    ...(processes > 1
      ? [scorer({ ...same, name: `scorer, ${processes} processes`, processes })]
      : []),
  ];
}

/** The scorer as it is configured for the whole bench. */
function usualScorer(
  { main, modelDir, champion, sets }: BenchOptions,
  nodeArgs: readonly string[],
): Program {
  return scorer({
    name: 'scorer',
    main: resolve(main),
    modelDir: resolve(modelDir),
    champion,
    sets,
    nodeArgs,
  });
}

/** What every part of a bench needs. */
interface Bench {
  readonly options: BenchOptions;
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly topics: Topics;
  readonly registry: ConfluentRegistry;
  readonly prefix: string;
  readonly job: Omit<Job, 'input' | 'output' | 'group'>;
}

async function throughput({ options, kafka, topics, registry, prefix, job }: Bench): Promise<Part> {
  const { events, partitions, rounds } = options;
  const input = `${prefix}-in`;
  await topics.create(input, partitions);
  say(`writing ${events} events to ${input}`);
  try {
    const schemaId = await registry.register(`${input}-value`, TRANSACTION_SCHEMA);
    const eventBytes = await withProducer(kafka, (producer) =>
      preload({ producer, topic: input, schemaId, ...options }),
    );
    const programs = programsOf(options);
    const all = {
      programs,
      rounds,
      events,
      job: { ...job, input },
      prefix,
      topics,
      stop: stop.signal,
    };
    const measured = await interleave({ ...all, onMeasured: tell });
    const model = describeModel(options.modelDir, options.champion);
    return { throughput: { measured, events, partitions, model, eventBytes } };
  } finally {
    await forgetSchema(job.registryUrl, input);
  }
}

async function latency({ options, kafka, topics, registry, prefix, job }: Bench): Promise<Part> {
  const { rounds, rates, seconds, partitions } = options;
  // Every input topic of the paced runs gets the schema under its own subject, and the same id each
  // time.
  const register = (topic: string): Promise<number> =>
    registry.register(`${topic}-value`, TRANSACTION_SCHEMA);
  const programs = programsOf(options);
  const all = {
    programs,
    rounds,
    rates,
    seconds,
    kafka,
    register,
    job,
    prefix,
    topics,
    stop: stop.signal,
  };
  const measured = await paced({ ...all, onMeasured: tellLatency });
  return { latency: { measured, seconds, partitions } };
}

async function sweeps({ options, kafka, topics, registry, prefix, job }: Bench): Promise<Part> {
  const {
    axes,
    sweepEvents: events,
    sweepRounds: rounds,
    main,
    modelDir,
    champion,
    sets,
  } = options;
  const usual = { main: resolve(main), modelDir: resolve(modelDir), champion, sets, nodeArgs: [] };
  const register = (topic: string, schema: object): Promise<number> =>
    registry.register(`${topic}-value`, schema);
  const points = pointsOf(axes);
  const runs: SweptRun[] = [];
  const all = { points, rounds, events, kafka, topics, register, job, scorer: usual, prefix };
  try {
    await sweep({ ...all, stop: stop.signal, onMeasured: tell }, runs);
  } catch (error) {
    if (stop.signal.aborted) throw error;
    say(String((error as Error).stack)); // what was measured before is worth keeping
  }
  return { sweep: { runs, events, wanted: points.length * rounds } };
}

async function memoryOverTime({
  options,
  kafka,
  topics,
  registry,
  prefix,
  job,
}: Bench): Promise<Part> {
  const marks = [1, 2, 5, 10, 15, 20].map((share) => share * Math.ceil(options.memoryEvents / 20));
  const name = `${prefix}-memory`;
  const own = { ...job, input: `${name}-in`, output: `${name}-out`, group: name };
  await topics.create(own.input, own.partitions);
  const schemaId = await registry.register(`${own.input}-value`, TRANSACTION_SCHEMA);
  const program = usualScorer(options, []);
  try {
    const seen = await memory({
      program,
      job: own,
      schemaId,
      kafka,
      topics,
      marks,
      stop: stop.signal,
    });
    return { memory: { seen, marks: marks.length } };
  } finally {
    for (const topic of [own.input, own.output]) await forgetSchema(job.registryUrl, topic);
  }
}

/** Once over a backlog, under the profiler. */
async function profiled({ options, kafka, topics, registry, prefix, job }: Bench): Promise<Part> {
  const { events, partitions } = options;
  const name = `${prefix}-profile`;
  const own = {
    ...job,
    input: `${name}-in`,
    output: `${name}-out`,
    group: name,
    folder: join(job.folder, 'profile'),
  };
  const profiles = join(job.folder, 'profiles');
  await topics.create(own.input, partitions);
  const schemaId = await registry.register(`${own.input}-value`, TRANSACTION_SCHEMA);
  await withProducer(kafka, (producer) =>
    preload({ producer, topic: own.input, schemaId, events, partitions }),
  );
  const nodeArgs = ['--cpu-prof', `--cpu-prof-dir=${profiles}`];
  const program = usualScorer(options, nodeArgs);
  const measured = await measure({
    program,
    round: 1,
    job: own,
    topics,
    events,
    stop: stop.signal,
  });
  await forgetSchema(job.registryUrl, own.input);
  if (!measured.complete) throw new Error('the profiled run did not come to its end');
  return { profile: await readProfiles(profiles, events) };
}

async function groups({ options, kafka, admin, topics, prefix }: Bench): Promise<Part> {
  const { members: sizes, groupPartitions: partitions, rounds } = options;
  const onMeasured = ({
    members,
    round,
    startSeconds,
    joinSeconds,
    leaveSeconds,
  }: GroupTimes): void => {
    const [start, join, leave] = [startSeconds, joinSeconds, leaveSeconds].map((seconds) =>
      seconds.toFixed(1),
    );
    say(
      `round ${round}  ${members} members: all start ${start} s, one more ${join} s, one leaves ${leave} s`,
    );
  };
  const all = {
    kafka,
    admin,
    topics,
    prefix,
    partitions,
    sizes,
    rounds,
    stop: stop.signal,
    onMeasured,
  };
  return { group: { measured: await measureGroups(all), partitions } };
}

async function swaps({ options, kafka, topics, registry, prefix, job }: Bench): Promise<Part> {
  const { rounds, rates, seconds, modelDir, champion, main, sets } = options;
  const name = `${prefix}-swap`;
  const own = { ...job, input: `${name}-in`, output: `${name}-out`, group: name };
  const given = await measureSwaps({
    programFor: (dir) =>
      scorer({
        name: 'scorer',
        main: resolve(main),
        modelDir: dir,
        champion: 'latest',
        sets: ['model.watchMs=250', ...sets],
        nodeArgs: [],
      }),
    bundle: resolve(modelDir, champion),
    job: own,
    schemaId: await registry.register(`${own.input}-value`, TRANSACTION_SCHEMA),
    kafka,
    topics,
    ratePerSecond: rates[0]!,
    seconds,
    rounds,
    swapsInARow: options.swaps,
    stop: stop.signal,
    onRound: tellSwaps,
  });
  return { swap: given };
}

async function challenger(bench: Bench): Promise<Part> {
  const { kafka, topics, registry, prefix, job, options } = bench;
  const { modelDir, champion, main, sets, rates, profile, ...rest } = options;
  const profiled =
    profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${resolve(profile)}`];
  await measureChallenger({
    ...rest,
    programFor: (dir, other) =>
      scorer({
        name: 'scorer',
        main: resolve(main),
        modelDir: dir,
        champion: '1',
        sets: [
          ...sets,
          ...(other === undefined ? [] : [`model.challenger=${JSON.stringify(other)}`]),
        ],
        nodeArgs: profiled,
      }),
    bundle: resolve(modelDir, champion),
    job,
    register: (topic) => registry.register(`${topic}-value`, TRANSACTION_SCHEMA),
    kafka,
    topics,
    prefix,
    ratePerSecond: rates[0]!,
    stop: stop.signal,
    say,
  });
  return {};
}

async function pairs(bench: Bench): Promise<Part> {
  const { kafka, topics, registry, prefix, job, options } = bench;
  const { events, partitions, rounds, beside } = options;
  if (beside.length === 0) throw new Error('--measure pair needs --beside');
  const input = `${prefix}-in`;
  await topics.create(input, partitions);
  const schemaId = await registry.register(`${input}-value`, TRANSACTION_SCHEMA);
  await withProducer(kafka, (producer) =>
    preload({ producer, topic: input, schemaId, ...options }),
  );
  const more = programsOf({ ...options, aa: false, exactlyOnce: false, processes: 1 });
  const others = more.filter(({ name }) => beside.some((one) => name === `scorer, ${one.name}`));
  const nodeArgs =
    options.profile === undefined
      ? []
      : ['--cpu-prof', `--cpu-prof-dir=${resolve(options.profile)}`];
  const programs = [usualScorer(options, nodeArgs), ...others] as const;
  const own = { ...job, input };
  await measurePairs({
    programs,
    job: own,
    topics,
    prefix,
    events,
    rounds,
    stop: stop.signal,
    say,
  });
  await forgetSchema(job.registryUrl, input);
  return {};
}

const PARTS: Readonly<Record<Measuring, (bench: Bench) => Promise<Part>>> = {
  throughput,
  latency,
  sweep: sweeps,
  memory: memoryOverTime,
  group: groups,
  profile: profiled,
  swap: swaps,
  challenger,
  pair: pairs,
};

type PrintedOnly = 'challenger' | 'pair';

/** What a part was measured to be, under its name. */
type Part = { readonly [P in Exclude<Measuring, PrintedOnly>]?: NonNullable<Results[P]>['given'] };

/** Whether every run came to its end. */
function isComplete({
  throughput: backlogs,
  latency: pacedRuns,
  sweep: swept,
  memory: remembered,
  swap: swapped,
}: Part): boolean {
  const runs = [
    ...(backlogs?.measured ?? []),
    ...(pacedRuns?.measured ?? []),
    ...(swept?.runs ?? []),
  ];
  const whole =
    swept?.runs.length === swept?.wanted && remembered?.seen.length === remembered?.marks;
  return whole && swapped?.complete !== false && runs.every((run) => run.complete);
}

function tellSwaps({ round, quietP99, swapP99, swaps: count }: SwapRound): void {
  const figures = `p99 ${quietP99.toFixed(1)} ms without swaps, ${swapP99.toFixed(1)} ms with ${count}`;
  say(`round ${round}  ${figures}`);
}

function tellLatency({
  program,
  round,
  ratePerSecond,
  p50,
  p95,
  p99,
  complete: all,
}: Latency): void {
  const figures = `p50 ${p50.toFixed(1)}, p95 ${p95.toFixed(1)}, p99 ${p99.toFixed(1)} ms`;
  say(`round ${round}  ${program} at ${ratePerSecond}/s: ${figures}${all ? '' : ', NOT complete'}`);
}

function tell({
  program,
  round,
  eventsPerSecond,
  cpuSecondsPerMillion,
  peakRssBytes,
  complete,
}: Measured): void {
  const speed = `${Math.round(eventsPerSecond)} events/s, ${cpuSecondsPerMillion.toFixed(2)} CPU-s per million`;
  say(
    `round ${round}  ${program}: ${speed}, ${Math.round(peakRssBytes / 1e6)} MB${complete ? '' : ', NOT complete'}`,
  );
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
  const kafka = createKafka({
    brokers: stack.brokers,
    clientId: 'bench',
    logger: createLogger('error', 'bench'),
  });
  const admin = await lifecycle.start(async () => {
    const value = kafka.admin();
    await value.connect();
    return { value, stop: () => value.disconnect() };
  });
  const topics = await lifecycle.start(() => {
    const value = new Topics(kafka, admin);
    return Promise.resolve({ value, stop: () => value.deleteAll() });
  });

  const registry = await lifecycle.start(() => {
    const value = new ConfluentRegistry({
      url: stack.registryUrl,
      timeoutMs: 10_000,
      onFetch: () => undefined,
    });
    return Promise.resolve({
      value,
      stop: () => {
        value.close();
        return Promise.resolve();
      },
    });
  });

  const { partitions } = options;
  const prefix = `bench-${Date.now()}`;
  const deadLetter = `${prefix}-dead`;
  await topics.create(deadLetter, partitions);
  say(`measuring on ${stack.brokers.join(',')} (${stack.kind})`);
  const job = {
    brokers: stack.brokers,
    registryUrl: stack.registryUrl,
    deadLetter,
    partitions,
    folder,
    carry: ['transactionId', 'customerId'],
  };
  const command = ['npm run bench --', ...process.argv.slice(2)].join(' ');
  const about = {
    command,
    date: new Date().toISOString().slice(0, 10),
    machine: describeMachine(stack),
  };
  let results: Results = {};
  let allComplete = true;
  for (const part of options.measure) {
    const given = await PARTS[part]({ options, kafka, admin, topics, registry, prefix, job });
    allComplete &&= isComplete(given);
    if (part === 'challenger' || part === 'pair') continue; // they are printed only
    results = { ...results, [part]: { ...about, given: given[part] } };
    // At once, so that what an hour has measured is not lost with the next part.
    if (options.write) await keep(results);
  }
  if (Object.keys(results).length > 0) console.log(reportPage(results));
  return allComplete;
}

/** Writes what was measured beside what earlier runs have left of the other parts. */
async function keep(fresh: Results): Promise<void> {
  const docs = join(PROJECT, 'docs');
  const raw = join(docs, 'benchmarks.json');
  const results = { ...parseResults(await readFile(raw, 'utf8').catch(() => undefined)), ...fresh };
  await writeFile(raw, formatResults(results));
  await writeFile(join(docs, 'benchmarks.md'), reportPage(results));
  await writeFile(join(docs, 'benchmarks.svg'), picture(barsOf(results)));
  const readme = join(PROJECT, 'README.md');
  await writeFile(readme, withFigures(await readFile(readme, 'utf8'), results));
}

async function main(args: readonly string[]): Promise<number> {
  if (args[0] === 'shap') {
    const print = (text: string): void => void process.stdout.write(`${text}\n`);
    return measureShap(say, print, process.env['PYTHON']).then(
      () => 0,
      (error: unknown) => {
        say((error as Error).message);
        return 1;
      },
    );
  }
  if (args[0] === 'monitor') {
    await measureMonitor(say);
    return 0;
  }
  if (args[0] === 'pipeline') {
    await measurePipeline(say);
    return 0;
  }
  if (args[0] === 'challenger') {
    // with the young generation that a scorer has
    const execArgv = ['--max-semi-space-size=8', '--disable-warning=ExperimentalWarning'];
    const child = fork(join(import.meta.dirname, 'challenger-pipeline.ts'), args.slice(1), {
      execArgv,
    });
    const [code] = (await once(child, 'exit')) as [number | null];
    return code ?? 1;
  }
  if (args[0] === 'policy') {
    await measurePolicy(say);
    return 0;
  }
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
  // What is under way may be deep in a client's retries: it is left where it is.
  const stopped = new Promise<never>((_, reject) => {
    stop.signal.addEventListener('abort', () => {
      reject(new Error('stopped'));
    });
  });
  try {
    return (await Promise.race([bench(options, lifecycle), stopped])) ? 0 : 1;
  } catch (error) {
    if (stop.signal.aborted) say('stopped');
    else
      say(
        error instanceof ScorerError
          ? formatProblems(error.problems)
          : String((error as Error).stack),
      );
    return 1;
  } finally {
    const cleared = lifecycle.stop().catch((error: unknown) => {
      say(String(error));
    });
    await Promise.race([cleared, sleep(CLEAR_MS)]);
  }
}

process.exit(await main(process.argv.slice(2)));
