// `npm run bench -- --measure challenger`: what a challenger of the champion's size costs beside its
// own inference, over a backlog and at an even pace.
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import { preload } from './backlog.ts';
import { pace } from './pace.ts';
import type { Job, Program } from './programs.ts';
import { round, spread } from './report-table.ts';
import { SideInference } from './side-inference.ts';
import { forgetSchema } from './subjects.ts';
import type { Topics } from './topics.ts';
import { usedFrom, WatchedProgram, type Moment, type Used } from './watched-program.ts';
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

/** What runs beside the champion. */
type Beside = 'nothing' | 'challenger' | 'inference';
const ORDER: readonly Beside[] = ['nothing', 'challenger', 'inference'];
const VERSIONS = ['1', '2'] as const;

const WARM_UP_SECONDS = 5;
const LOOK_MS = 250;
const PATIENCE_MS = 60_000;

/**
 * Prints what it measures. Each round has the program alone, with a challenger, and beside a process
 * that does the same inference and has nothing to do with it: programs that share a machine slow each
 * other down, whatever they do.
 */
export async function measureChallenger(options: ChallengerOptions): Promise<void> {
  const { bundle, job, rounds, events, ratePerSecond, say } = options;
  const dir = join(job.folder, 'twice');
  await mkdir(dir, { recursive: true });
  for (const version of VERSIONS) await cp(bundle, join(dir, version), { recursive: true });
  const backlog = `${options.prefix}-backlog-in`;
  await options.topics.create(backlog, job.partitions);
  const schemaId = await options.register(backlog);
  const filled = { topic: backlog, schemaId, partitions: job.partitions, events };
  await withProducer(options.kafka, (producer) => preload({ producer, ...filled }));
  const work = { backlog: `a backlog of ${events}`, paced: `${ratePerSecond} events/s` } as const;
  for (const [kind, what] of Object.entries(work)) {
    const costs: number[] = [];
    const controls: number[] = [];
    const ratios: number[] = [];
    for (let turn = 1; turn <= rounds; turn++) {
      const used = new Map<Beside, Used>();
      for (const beside of turn % 2 === 1 ? ORDER : ORDER.toReversed())
        used.set(beside, await run(kind as keyof typeof work, turn, dir, beside, options));
      const alone = used.get('nothing')!;
      const [with2, control] = [used.get('challenger')!, used.get('inference')!];
      // for as many events
      const inference = control.beside / control.share;
      costs.push((with2.main - alone.main + with2.beside) / with2.share);
      controls.push((control.main - alone.main + control.beside) / control.share);
      ratios.push(costs.at(-1)! / inference);
      say(
        `${what}, round ${turn}: alone ${alone.main.toFixed(2)} µs/event of CPU time; ` +
          `challenger + ${parts(with2, alone)}; inference of another process + ${parts(control, alone)}; ` +
          `challenger / inference ${ratios.at(-1)!.toFixed(2)}`,
      );
    }
    const show = round(2);
    say(
      `${what}: a challenger costs ${spread(costs, show)} µs more CPU time for each event, ` +
        `another process with the same inference ${spread(controls, show)}; ` +
        `challenger / inference ${spread(ratios, show)}`,
    );
  }
  await forgetSchema(job.registryUrl, backlog);
}

const parts = ({ main, beside, share }: Used, alone: Used): string =>
  `${(main - alone.main + beside).toFixed(2)} (program + ${(main - alone.main).toFixed(2)}, ` +
  `its own ${beside.toFixed(2)}, ${(100 * share).toFixed(0)} % of the events)`;

async function run(
  kind: 'backlog' | 'paced',
  turn: number,
  dir: string,
  beside: Beside,
  options: ChallengerOptions,
): Promise<Used> {
  const { kafka, topics, job, events, ratePerSecond, seconds, stop } = options;
  const name = `${options.prefix}-${kind}-${turn}-${beside}`;
  const input = kind === 'backlog' ? `${options.prefix}-backlog-in` : `${name}-in`;
  const own = { ...job, input, output: `${name}-out`, group: name };
  if (kind === 'paced') await topics.create(input, own.partitions);
  await topics.create(own.output, own.partitions);
  const schemaId = await options.register(input);
  const challenged = beside === 'challenger';
  const side =
    beside === 'inference'
      ? await SideInference.open(join(dir, VERSIONS[1]), VERSIONS[1])
      : undefined;
  const running = await options.programFor(dir, challenged ? VERSIONS[1] : undefined).start(own);
  const watched = new WatchedProgram(running, challenged, side);
  try {
    if (kind === 'backlog') return await between(watched, events, beside === 'nothing', stop);
    const given = { topic: input, schemaId, partitions: own.partitions };
    return await withProducer(kafka, async (producer) => {
      const send = (rate: number, length: number): Promise<unknown> =>
        pace({ producer, ratePerSecond: rate, seconds: length, stop, ...given });
      const first = looks(watched, stop);
      await first.next(); // everything is open
      await first.return(undefined);
      const from = await lookUntil(watched, send(ratePerSecond, WARM_UP_SECONDS), stop);
      return usedFrom(from, await lookUntil(watched, send(ratePerSecond, seconds), stop));
    });
  } finally {
    await running.stop();
    await side?.close();
    await topics.delete(own.output);
    await topics.deleteGroup(own.group);
    for (const topic of kind === 'paced' ? [own.input, own.output] : [own.output])
      await forgetSchema(job.registryUrl, topic);
  }
}

/** From the moment when a tenth is done and what runs beside works, until nine tenths are. */
async function between(
  watched: WatchedProgram,
  events: number,
  alone: boolean,
  stop: AbortSignal,
): Promise<Used> {
  let from: Moment | undefined;
  for await (const now of looks(watched, stop)) {
    const begun = now.rows > events / 10 && (alone || now.besideRows > 0);
    if (begun && now.rows < 0.7 * events) from ??= now;
    if (now.rows <= 0.9 * events) continue;
    if (from === undefined) break;
    return usedFrom(from, now);
  }
  throw new Error('the backlog is too short: raise --events');
}

/** A moment every quarter of a second, once everything is open. Throws if nothing goes on. */
async function* looks(watched: WatchedProgram, stop: AbortSignal): AsyncGenerator<Moment> {
  let until = performance.now() + PATIENCE_MS;
  let rows = -1;
  for (;;) {
    watched.check();
    const now = await watched.moment();
    if (now !== undefined && now.rows > rows) {
      rows = now.rows;
      until = performance.now() + PATIENCE_MS;
    }
    if (performance.now() > until) throw new Error(watched.log);
    if (now !== undefined) yield now;
    await sleep(LOOK_MS, undefined, { signal: stop });
  }
}

/** Looks until a promise is settled, and once more. */
async function lookUntil(
  watched: WatchedProgram,
  done: Promise<unknown>,
  stop: AbortSignal,
): Promise<Moment> {
  const sending = { isOver: false };
  const end = done.finally(() => {
    sending.isOver = true;
  });
  let last: Moment | undefined;
  for await (const now of looks(watched, stop)) {
    last = now;
    if (sending.isOver) break;
  }
  await end;
  return last!;
}
