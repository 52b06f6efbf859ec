// `npm run bench -- --measure challenger`: what a challenger of the champion's size costs beside its
// own inference, over a backlog and at an even pace.
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import { emptyValues, type InputTensor } from '../src/flow/tensors.ts';
import { columnsOf } from '../src/flow/features.ts';
import { readBundle } from '../src/infer/bundle.ts';
import { loadOnnxModel } from '../src/infer/onnx-session.ts';
import { fillProbeRows } from '../src/infer/probe-rows.ts';
import { preload } from './backlog.ts';
import { pace } from './pace.ts';
import { usageByKind } from './process-usage.ts';
import type { ProgramProcess } from './program-process.ts';
import type { Job, Program } from './programs.ts';
import { forgetSchema } from './subjects.ts';
import { median } from './statistics.ts';
import type { Topics } from './topics.ts';
import { withProducer } from './with-producer.ts';

export interface ChallengerOptions {
  /** The program for versions in this folder; `challenger`: its version, if it has one. */
  readonly programFor: (modelDir: string, challenger: string | undefined) => Program;
  /** The folder of the version that is copied. */
  readonly bundle: string;
  readonly job: Omit<Job, 'input' | 'output' | 'group'>;
  readonly register: (topic: string) => Promise<number>;
  readonly kafka: Kafka;
  readonly topics: Topics;
  readonly prefix: string;
  readonly events: number;
  readonly ratePerSecond: number;
  readonly seconds: number;
  readonly rounds: number;
  readonly stop: AbortSignal;
  readonly say: (line: string) => void;
}

/** What a program used between two moments, in µs of CPU time per event. */
interface Used {
  /** Of the processes that are not workers, and of the workers. */
  readonly main: number;
  readonly workers: number;
  /** The share of the events that the challenger compared. */
  readonly compared: number;
}

interface Moment {
  readonly main: number;
  readonly workers: number;
  readonly rows: number;
  readonly compared: number;
}

const LOOK_MS = 250;
const PATIENCE_MS = 60_000;
const BATCH = 512;
const BATCHES = 400;

/** Prints what it measures. Each round has the program without and with a challenger. */
export async function measureChallenger(options: ChallengerOptions): Promise<void> {
  const { bundle, job, rounds, events, ratePerSecond, say } = options;
  const dir = join(job.folder, 'twice');
  await mkdir(dir, { recursive: true });
  for (const version of ['1', '2']) await cp(bundle, join(dir, version), { recursive: true });
  const backlog = `${options.prefix}-backlog-in`;
  await options.topics.create(backlog, job.partitions);
  const schemaId = await options.register(backlog);
  const filled = { topic: backlog, schemaId, partitions: job.partitions, events };
  await withProducer(options.kafka, (producer) => preload({ producer, ...filled }));
  const work = { backlog: `a backlog of ${events}`, paced: `${ratePerSecond} events/s` } as const;
  for (const [kind, what] of Object.entries(work)) {
    const ratios: number[] = [];
    for (let round = 1; round <= rounds; round++) {
      const order = round % 2 === 1 ? [undefined, '2'] : ['2', undefined];
      const used = new Map<string | undefined, Used>();
      for (const challenger of order)
        used.set(challenger, await run(kind as keyof typeof work, round, dir, challenger, options));
      const own = await ownInference(dir);
      const [without, beside] = [used.get(undefined)!, used.get('2')!];
      const main = beside.main - without.main;
      const extra = main + beside.workers;
      ratios.push(extra / (own * beside.compared));
      say(
        `${what}, round ${round}: without ${without.main.toFixed(2)} µs/event of CPU time, challenger + ${extra.toFixed(2)} ` +
          `(main process + ${main.toFixed(2)}, its own ${beside.workers.toFixed(2)}); ` +
          `inference alone ${own.toFixed(2)} on ${(100 * beside.compared).toFixed(0)} % of the events: ${ratios.at(-1)!.toFixed(2)} times its inference`,
      );
    }
    const sorted = ratios.toSorted((a, b) => a - b);
    say(
      `${what}: extra CPU / own inference ${median(ratios).toFixed(2)} (${sorted[0]!.toFixed(2)} to ${sorted.at(-1)!.toFixed(2)})`,
    );
  }
  await forgetSchema(job.registryUrl, backlog);
}

async function run(
  kind: 'backlog' | 'paced',
  round: number,
  dir: string,
  challenger: string | undefined,
  options: ChallengerOptions,
): Promise<Used> {
  const { kafka, topics, job, events, ratePerSecond, seconds, stop } = options;
  const name = `${options.prefix}-${kind}-${round}-${challenger === undefined ? 'without' : 'with'}`;
  const input = kind === 'backlog' ? `${options.prefix}-backlog-in` : `${name}-in`;
  const own = { ...job, input, output: `${name}-out`, group: name };
  if (kind === 'paced') await topics.create(input, own.partitions);
  await topics.create(own.output, own.partitions);
  const schemaId = await options.register(input);
  const running = await options.programFor(dir, challenger).start(own);
  try {
    if (kind === 'backlog') return await between(running, events, challenger !== undefined, stop);
    const given = { topic: input, schemaId, partitions: own.partitions };
    return await withProducer(kafka, async (producer) => {
      const send = (rate: number, length: number): Promise<unknown> =>
        pace({ producer, ratePerSecond: rate, seconds: length, stop, ...given });
      await opened(running, challenger !== undefined, stop);
      await send(ratePerSecond, 5);
      const from = await momentOf(running);
      await send(ratePerSecond, seconds);
      return usedFrom(from, await momentOf(running));
    });
  } finally {
    await running.stop();
    await topics.delete(own.output);
    await topics.deleteGroup(own.group);
    for (const topic of kind === 'paced' ? [own.input, own.output] : [own.output])
      await forgetSchema(job.registryUrl, topic);
  }
}

/** From the moment when a tenth is done and the challenger works, until nine tenths are. */
async function between(
  running: ProgramProcess,
  events: number,
  challenged: boolean,
  stop: AbortSignal,
): Promise<Used> {
  let from: Moment | undefined;
  let to: Moment | undefined;
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    if (running.over || performance.now() > until) throw new Error(running.log);
    const now = await momentOf(running).catch(() => undefined);
    const begun = now !== undefined && now.rows > events / 10 && (!challenged || now.compared > 0);
    if (begun && now.rows < 0.95 * events) from ??= now;
    if (now !== undefined && now.rows > 0.9 * events) {
      to ??= now;
      if (from === undefined) throw new Error('the backlog is too short: raise --events');
      return usedFrom(from, to);
    }
    await sleep(LOOK_MS, undefined, { signal: stop });
  }
}

async function opened(
  running: ProgramProcess,
  challenged: boolean,
  stop: AbortSignal,
): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    if (running.over || performance.now() > until) throw new Error(running.log);
    const seen = await modelsOf(running).catch(() => undefined);
    if (seen !== undefined && (!challenged || seen.challenger != null)) return;
    await sleep(LOOK_MS, undefined, { signal: stop });
  }
}

interface Models {
  readonly champion: { readonly rows: number };
  readonly challenger?: { readonly compared: number } | null;
}

async function modelsOf({ metricsUrl }: ProgramProcess): Promise<Models> {
  return (await (await fetch(new URL('/models', metricsUrl))).json()) as Models;
}

async function momentOf(running: ProgramProcess): Promise<Moment> {
  const { champion, challenger } = await modelsOf(running);
  const { main, workers } = usageByKind(running.pid);
  return { main, workers, rows: champion.rows, compared: challenger?.compared ?? 0 };
}

function usedFrom(from: Moment, to: Moment): Used {
  const rows = to.rows - from.rows;
  const per = (seconds: number): number => (1e6 * seconds) / rows;
  return {
    main: per(to.main - from.main),
    workers: per(to.workers - from.workers),
    compared: (to.compared - from.compared) / rows,
  };
}

/** CPU time of the model alone, in µs per row: batches as the stream has them, nothing around. */
async function ownInference(dir: string): Promise<number> {
  const bundle = await readBundle(join(dir, '2'), '2');
  const options = { threads: 1, name: 'bench', compileTrees: true, probe: false };
  const model = await loadOnnxModel(bundle, options);
  const specs = bundle.description.inputs;
  const empty = model.inputs.map(({ name, type, flat }): InputTensor => {
    const columns = columnsOf(specs.find((spec) => spec.name === name)!);
    return { name, type, rows: BATCH, columns, flat, values: emptyValues(type, BATCH * columns) };
  });
  const given = Array.from({ length: 16 }, (_, seed) =>
    fillProbeRows({ tensors: empty, specs, texts: [], scale: 10, seed }),
  );
  const score = async (batches: number): Promise<void> => {
    for (let i = 0; i < batches; i++) await model.score(given[i % given.length]!, BATCH);
  };
  await score(50);
  const before = process.cpuUsage();
  await score(BATCHES);
  const { user, system } = process.cpuUsage(before);
  await model.release();
  return (user + system) / (BATCHES * BATCH);
}
