import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { withDeadline } from '../../src/runtime/retry.ts';
import { Lifecycle } from '../../src/runtime/lifecycle.ts';
import type { Stack } from '../../src/demo/stack/stack.ts';
import { openCluster, type Cluster } from '../cluster.ts';
import { evaluate } from '../evaluate.ts';
import type { Totals } from '../ledger.ts';
import type { ChaosOptions } from '../options.ts';
import { scorerSettings } from '../scorer-config.ts';
import { merged, type Settings } from '../settings.ts';
import { raise, setStage, type Stage } from '../stage.ts';
import { PARTITIONS, type Names } from '../topics.ts';
import { injectNetwork, type InjectedNetworkFault } from './campaign.ts';
import { readCommits, type Steps } from './commits.ts';
import { createNetworkFaults } from './faults.ts';
import type { Api } from './frames.ts';
import { OpenTransactions } from './open-transactions.ts';
import { untilInSync } from './in-sync.ts';
import type { Slow } from './rules.ts';
import { startProxy } from './proxy.ts';
import { planNetworkFaults, type NetworkKind } from './schedule.ts';
import { stableOffsets } from './stable-offsets.ts';
import { Watch } from './watch.ts';

export interface NetworkRunOptions extends Omit<
  ChaosOptions,
  | 'write'
  | 'network'
  | 'kinds'
  | 'apis'
  | 'slow'
  | 'settings'
  | 'kafkaVersion'
  | 'rollout'
  | 'swaps'
  | 'rate'
> {
  readonly kafkaVersion?: string | undefined;
  readonly kinds?: readonly NetworkKind[] | undefined;
  readonly apis?: readonly Api[] | undefined;
  readonly slow?: Slow;
  /** Put over the configuration of the replicas. */
  readonly settings?: Settings | undefined;
  readonly longestHoldMs?: number;
  /** Events a second: until every partition is scored, and at least while faults are injected. */
  readonly firstPerSecond?: number;
  readonly minPerSecond?: number;
  /** How long it is waited for a recovery, and for the end of the input. */
  readonly patienceMs?: number;
  /** A cluster that runs already and may be broken. */
  readonly stack?: Stack | undefined;
  readonly projectDir: string;
  readonly stop: AbortSignal;
  readonly say: (line: string) => void;
}

export interface NetworkResult {
  readonly totals: Totals;
  readonly faults: readonly InjectedNetworkFault[];
  readonly drained: boolean;
  readonly endedThemselves: number;
  readonly endedBadly: number;
  readonly longestStallMs: number;
  /** The group's commits: how many, and how many of them went back. */
  readonly commits: Steps;
  readonly longestBehindMs: number;
  /** For how long at most one transaction held up the readers of a partition. */
  readonly longestOpenMs: number;
  /** Whether the last stable offset reached the end of every partition after the end. */
  readonly settled: boolean;
  /** What the proxy did not understand. */
  readonly troubles: readonly string[];
  readonly wallSeconds: number;
}

/** A broker that is silent for longer is put out of the in-sync replicas. */
const LAG_MS = 10_000;
/** kafkajs' default, and how often the broker looks for transactions that are over it. */
export const TRANSACTION_MS = 60_000 + 10_000;
const SAMPLE_MS = 250;
const ASK_MS = 8000;
const READING_MS = 30_000;
const READING_MS_PER_EVENT = 0.025;
/** Of a run that has to be red anyway, less is enough. */
const PATIENCE_MS = 150_000;

/**
 * One run from an empty cluster to the ledger, with every wire between replicas and brokers in the
 * proxy's hand.
 */
export async function runNetwork(options: NetworkRunOptions): Promise<NetworkResult> {
  const lifecycle = new Lifecycle();
  try {
    return await run(options, lifecycle);
  } finally {
    await lifecycle.stop();
  }
}

async function run(options: NetworkRunOptions, lifecycle: Lifecycle): Promise<NetworkResult> {
  const { events, delivery, bug, brokers, kafkaVersion, projectDir, stop, say } = options;
  const startedAt = performance.now();
  const endAt = startedAt + options.minutes * 60_000;
  const brokerSettings = [`replica.lag.time.max.ms=${LAG_MS}`];
  const cluster = await openCluster(
    { brokers, kafkaVersion, brokerSettings, stack: options.stack, projectDir, say },
    lifecycle,
  );
  const { stack, kafka, registry } = cluster;
  const proxy = await lifecycle.start(() =>
    startProxy(stack.brokers, options.replicas, say, options.slow),
  );
  const configOf = (names: Names, slot: number): string => {
    const straight = scorerSettings(stack, names, delivery, projectDir);
    const behind = { kafka: { brokers: proxy.rows[slot]!.brokers } };
    return stringify(merged(merged(straight, options.settings ?? {}), behind));
  };
  const stage = await setStage(cluster, { ...options, events: Infinity, configOf }, lifecycle);
  const { names, load, replicas } = stage;

  say(
    `starting ${options.replicas} replicas, ${delivery}${bug === undefined ? '' : `, with the bug ${bug}`}`,
  );
  const { loading } = await raise(stage, options.replicas, { rate: options.firstPerSecond });
  const { watch, open, end } = await lifecycle.start(() => startWatch(cluster, stage));
  const readingMs = READING_MS + events * READING_MS_PER_EVENT;
  const { atOnce } = options;
  const plan = planNetworkFaults({ ...options, count: options.faults });
  // One of its own: kafkajs' admin mixes up what is asked of it at the same time.
  const health = await lifecycle.start(async () => {
    const value = kafka.admin();
    await value.connect();
    return { value, stop: () => value.disconnect() };
  });
  const topics = [
    names.input,
    names.output,
    names.dead,
    '__consumer_offsets',
    '__transaction_state',
  ];
  const inSync = (): Promise<void> =>
    untilInSync(health, delivery === 'exactly-once' ? topics : topics.slice(0, -1), stop);
  const fault = createNetworkFaults({
    rows: proxy.rows,
    stack: stack.faults!,
    lagMs: LAG_MS,
    inSync,
  });
  const { patienceMs = PATIENCE_MS } = options;
  const until = endAt - readingMs - patienceMs / 2;
  const campaign = {
    patienceMs,
    plan,
    fault,
    replicas: options.replicas,
    atOnce,
    load,
    minPerSecond: options.minPerSecond,
    events,
    watch,
    until,
    stop,
    say,
  };
  const injected = await injectNetwork(campaign);

  while (load.acknowledged < events && performance.now() < until)
    await sleep(SAMPLE_MS, undefined, { signal: stop });
  load.end();
  await loading;
  const drained = await stage.progress.reaches(await stage.progress.ends(), patienceMs);
  await replicas.stopAll();
  const settled = await settle(cluster, names, open, stop);
  await end(); // kafkajs' admin mixes up what is asked of it at the same time
  say('reading the topics');
  const committed = await stage.progress.committed();
  const reading = { kafka, until: Math.max(endAt, performance.now() + readingMs), stop };
  const totals = await evaluate({ ...reading, names, registry, committed });
  const commits = await readCommits(names.group, reading);
  if (totals.inputs < load.acknowledged)
    throw new Error('the cluster lost input that it had acknowledged');
  return {
    totals,
    faults: injected,
    drained,
    endedThemselves: replicas.endedThemselves,
    endedBadly: replicas.endedBadly,
    longestStallMs: watch.longestStallMs,
    commits,
    longestBehindMs: watch.longestBehindMs,
    longestOpenMs: open.longestMs,
    settled,
    troubles: proxy.troubles,
    wallSeconds: (performance.now() - startedAt) / 1000,
  };
}

/** Looks at the group and at the transactions all the while. */
async function startWatch({ admin }: Cluster, { names, progress }: Stage) {
  const watch = new Watch(PARTITIONS);
  const open = new OpenTransactions();
  const over = new AbortController();
  const group = async (): Promise<void> => {
    const [committed, ends] = await Promise.all([progress.committed(), progress.ends()]);
    watch.see(performance.now(), committed, ends);
  };
  const transactions = async (): Promise<void> => {
    const offsets = await stableOffsets(admin, [names.output, names.dead]);
    open.see(performance.now(), offsets);
  };
  await group(); // what a fault is to be recovered from is measured by what was there before
  const watching = Promise.all([
    repeat(group, SAMPLE_MS, over.signal),
    repeat(transactions, 4 * SAMPLE_MS, over.signal),
  ]);
  const end = async (): Promise<void> => {
    over.abort();
    await watching;
  };
  return { value: { watch, open, end }, stop: end };
}

/** Again and again until it is called off; what fails is asked again, for a broker may be away. */
async function repeat(
  work: () => Promise<void>,
  everyMs: number,
  over: AbortSignal,
): Promise<void> {
  while (!over.aborted) {
    await withDeadline(work(), ASK_MS, () => new Error('no answer')).catch(() => undefined);
    await sleep(everyMs);
  }
}

/**
 * Waits until readers of committed records may read to the end, for as long as a transaction may
 * stay open.
 */
async function settle(
  { admin }: Cluster,
  { output, dead }: Names,
  open: OpenTransactions,
  stop: AbortSignal,
): Promise<boolean> {
  for (const until = performance.now() + TRANSACTION_MS; performance.now() < until;) {
    const offsets = await stableOffsets(admin, [output, dead]).catch(() => undefined);
    if (offsets !== undefined && open.see(performance.now(), offsets)) return true;
    await sleep(SAMPLE_MS, undefined, { signal: stop });
  }
  return false;
}
