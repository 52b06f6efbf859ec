// `npm run bench -- challenger`: what a challenger of the champion's size costs for each event, without
// Kafka, so that small costs are seen. A program of its own, started by main.ts with the options of
// Node that a scorer has.
import { readdirSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openChampion, readChampion } from '../src/compose/champion.ts';
import { ChallengerRole } from '../src/compose/challenger-role.ts';
import { GatedVersion, sharedOf } from '../src/compose/gated-version.ts';
import { Lineups } from '../src/compose/lineups.ts';
import { attemptPlan } from '../src/compose/plan-attempt.ts';
import { createReports } from '../src/compose/reports.ts';
import { versionStoreOf } from '../src/compose/version-store-of.ts';
import type { Settings } from '../src/config/settings.ts';
import { parseSchema } from '../src/decode/avro-schema.ts';
import type { SchemaRegistry } from '../src/decode/registry.ts';
import { TRANSACTION_SCHEMA } from '../src/demo/simulate/transaction.ts';
import { ScorerError } from '../src/errors.ts';
import type { Batch } from '../src/flow/batch.ts';
import { createLogger } from '../src/observe/logger.ts';
import { groupsOfBatches, middle, MODELS, SCHEMA_ID, settingsFor, TOPIC } from './in-memory.ts';
import { usageOf, workersOf } from './process-usage.ts';
import { SideInference } from './side-inference.ts';

const SIZE = { groups: 16, partitions: 4, rows: 1024 };
const EVENTS = SIZE.groups * SIZE.partitions * SIZE.rows;
const ROUNDS = Number(process.argv[2] ?? 25);
const WARM_UP = 5;
/** At most so many events are ahead of what is beside. */
const AHEAD = 40_000;

/** What runs beside the champion. */
type Beside = 'nothing' | 'challenger' | 'inference';
const ORDER: readonly Beside[] = ['nothing', 'challenger', 'inference'];

/** In µs of CPU time for each event. */
interface Cost {
  readonly main: number;
  readonly beside: number;
}

const reader = parseSchema(TRANSACTION_SCHEMA);

async function gated(
  settings: Settings,
  version: string,
  challenger: boolean,
): Promise<GatedVersion> {
  const inference = { ...settings.inference, workers: challenger ? 1 : 0 };
  const own = { ...settings, inference };
  const store = await versionStoreOf(settings);
  const found = await readChampion(store, await store.find(version));
  const champion = await openChampion(found, own, { background: challenger });
  const findReaders = () => Promise.resolve({ readers: new Map([[TOPIC, reader]]), problems: [] });
  const { plan, problems, bundle, model } = await attemptPlan(own, findReaders, champion);
  if (plan === undefined) throw new ScorerError([...problems]);
  const shared = sharedOf({ bundle: bundle!, model: model! });
  return new GatedVersion({ plan, ids: [SCHEMA_ID], schemaId: 2 }, shared);
}

/** Microseconds of CPU time of all threads of a process, which /proc has to the nanosecond. */
function microsOf(pid: number): number {
  let sum = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`))
    sum += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
  return sum / 1000;
}

function memoryOf(pid: number): string {
  const { rssBytes, peakRssBytes } = usageOf(pid)!;
  const [now, peak] = [rssBytes, peakRssBytes].map((bytes) => (bytes / 2 ** 20).toFixed(0));
  return `${now} MiB of RSS, at most ${peak}`;
}

/** The process of the challenger's model. */
function workerPid(): number {
  const found = workersOf(process.pid)[0];
  if (found === undefined) throw new Error('the challenger has no process');
  return found;
}

async function measure(folder: string): Promise<void> {
  const say = (line: string): void => {
    console.error(line);
  };
  for (const version of ['1', '2'])
    await cp(join(MODELS, '1'), join(folder, version), { recursive: true });
  const settings = await settingsFor(folder, folder, []);
  const reports = createReports(settings, createLogger('error', 'bench'));
  const role = new ChallengerRole({
    reports,
    topic: () => undefined,
    writer: { write: () => Promise.resolve(0), close: () => Promise.resolve() },
    maxInferMs: settings.batch.maxInferMs,
  });
  const champion = await gated(settings, '1', false);
  const challenger = await gated(settings, '2', true);
  const pid = workerPid();
  const registry = { byId: () => Promise.resolve(reader) } as unknown as SchemaRegistry;
  const environment = {
    settings,
    registry,
    reports,
    onInferred: () => undefined,
    canary: { percent: 0, reportFor: () => undefined as never },
    challenger: role,
    lists: { snapshot: () => () => undefined as never },
    monitors: { observers: [] },
    onLeftOut: () => undefined,
  };
  const alone = new Lineups(environment, { champion });
  const both = new Lineups(environment, { champion, challenger });
  const side = await SideInference.open(join(folder, '2'), '2');
  const run = role.run!;
  const answered = (): number => {
    const { compared, failed, dropped } = run.report;
    return compared + failed + dropped;
  };
  const given = groupsOfBatches(SIZE);

  async function score(lineups: Lineups, batch: Batch) {
    const taken = lineups.current.take(batch);
    try {
      return await taken.score();
    } finally {
      taken.release();
    }
  }

  async function pass(beside: Beside): Promise<Cost> {
    const lineups = beside === 'challenger' ? both : alone;
    const { compared } = run.report;
    const first = answered();
    const sideFirst = side.done;
    let offered = 0;
    const behind = (): number =>
      beside === 'challenger'
        ? offered - (answered() - first)
        : beside === 'inference'
          ? offered - (side.done.rows - sideFirst.rows)
          : 0;
    const child = microsOf(pid);
    const before = process.cpuUsage();
    for (const group of given) {
      // the broker of a stream would be slower
      while (behind() > AHEAD) await sleep(1);
      const outcomes = await Promise.all(group.map((batch) => score(lineups, batch)));
      for (const { observation } of outcomes) observation?.record();
      offered += SIZE.partitions * SIZE.rows;
      if (beside === 'inference' && offered % 16_384 === 0) void side.score(16_384);
      await new Promise((resolve) => setImmediate(resolve));
    }
    while (behind() > 0) await sleep(2);
    const { user, system } = process.cpuUsage(before);
    const childMicros =
      beside === 'challenger'
        ? microsOf(pid) - child
        : 1e6 * (side.done.cpuSeconds - sideFirst.cpuSeconds);
    if (beside === 'challenger' && run.report.compared - compared !== EVENTS)
      throw new Error(`not all were compared: ${JSON.stringify(run.report)}`);
    return { main: (user + system) / EVENTS, beside: childMicros / EVENTS };
  }

  const costs = new Map<Beside, Cost[]>(ORDER.map((beside) => [beside, []]));
  for (let i = -WARM_UP; i < ROUNDS; i++)
    for (const beside of i % 2 === 0 ? ORDER : ORDER.toReversed()) {
      const cost = await pass(beside);
      if (i >= 0) costs.get(beside)!.push(cost);
    }
  const [nothing, challenged, control] = ORDER.map((beside) => costs.get(beside)!) as [
    Cost[],
    Cost[],
    Cost[],
  ];
  const more = (with2: Cost[]): string =>
    middle(with2.map(({ main }, i) => main - nothing[i]!.main));
  const own = (with2: Cost[]): string => middle(with2.map(({ beside }) => beside));
  say(`alone: ${middle(nothing.map(({ main }) => main))} µs an event`);
  say(`  with a challenger: + ${more(challenged)}, and ${own(challenged)} in its own process`);
  say(
    `  with the same inference of another process: + ${more(control)}, and ${own(control)} there`,
  );
  const ratios = challenged.map(
    ({ main, beside }, i) => (main - nothing[i]!.main + beside) / control[i]!.beside,
  );
  say(`challenger / inference: ${middle(ratios)}`);
  say(`this process: ${memoryOf(process.pid)}; the challenger's: ${memoryOf(pid)}`);
  await role.close();
  await side.close();
  for (const version of [champion, challenger]) version.retire();
}

const folder = await mkdtemp(join(tmpdir(), 'bench-challenger-'));
try {
  await measure(folder);
} finally {
  await rm(folder, { recursive: true });
}
process.exit();
