import type { SampleReport } from '../src/audit/sample-report.ts';
import type { Stack } from '../src/demo/stack/stack.ts';
import { Lifecycle } from '../src/runtime/lifecycle.ts';
import { recomputeScores } from './audit.ts';
import { inject, type InjectedFault } from './campaign.ts';
import { openCluster } from './cluster.ts';
import { evaluate } from './evaluate.ts';
import { createFaults } from './faults.ts';
import type { Totals } from './ledger.ts';
import type { ChaosOptions } from './options.ts';
import { Pauses } from './pauses.ts';
import { planFaults, type FaultKind } from './schedule.ts';
import { scorerConfig, SESSION_MS } from './scorer-config.ts';
import { raise, setStage } from './stage.ts';
import { IN_SYNC, PARTITIONS, REPLICATION, setInSync, type Names } from './topics.ts';

type OfCrashes =
  | 'events'
  | 'replicas'
  | 'delivery'
  | 'seed'
  | 'faults'
  | 'minutes'
  | 'bug'
  | 'logs';

export interface RunOptions extends Pick<ChaosOptions, OfCrashes> {
  readonly kafkaVersion?: string | undefined;
  readonly kinds?: readonly FaultKind[];
  /** Events a second until every partition is scored; default: 500. */
  readonly firstPerSecond?: number;
  /** So many random scores are recomputed; default: 1000. */
  readonly recomputed?: number;
  /** A cluster of three brokers that runs already and may be broken; it is left running. */
  readonly stack?: Stack | undefined;
  readonly projectDir: string;
  readonly stop: AbortSignal;
  readonly say: (line: string) => void;
}

export interface FaultWithPause extends Pick<InjectedFault, 'kind' | 'recoveryMs'> {
  /** For how long at most a partition stood still, from its beginning until the recovery. */
  readonly longestPauseMs: number;
}

export interface RunResult {
  readonly totals: Totals;
  /** Random scores that were recomputed. */
  readonly audit: SampleReport;
  readonly faults: readonly FaultWithPause[];
  /** Whether all of the input was done in time; what was not is neither missing nor proven. */
  readonly drained: boolean;
  /** Replicas that ended without having been told to, and those that did not end well when told. */
  readonly endedThemselves: number;
  readonly endedBadly: number;
  readonly wallSeconds: number;
}

export const BROKERS = 3;
/** What reading and matching takes: a fixed part, and one for each event. */
const READING_MS = 30_000;
const READING_MS_PER_EVENT = 0.02;
/** What is left of the input when the load ends has at least so long to be scored. */
const DRAIN_MS = 20_000;

/**
 * One run from an empty cluster to the ledger. Everything it starts is stopped, also when it fails.
 */
export async function runChaos(options: RunOptions): Promise<RunResult> {
  const lifecycle = new Lifecycle();
  try {
    return await run(options, lifecycle);
  } finally {
    await lifecycle.stop();
  }
}

async function run(options: RunOptions, lifecycle: Lifecycle): Promise<RunResult> {
  const { events: total, seed, delivery, bug, kafkaVersion, projectDir, stop, say } = options;
  const startedAt = performance.now();
  const endAt = startedAt + options.minutes * 60_000;
  const cluster = await openCluster(
    { brokers: BROKERS, kafkaVersion, stack: options.stack, projectDir, say },
    lifecycle,
  );
  const { stack, kafka, admin, registry } = cluster;
  const configOf = (names: Names): string => scorerConfig(stack, names, delivery, projectDir);
  const stage = await setStage(cluster, { ...options, brokers: BROKERS, configOf }, lifecycle);
  const { names, events, load, progress, replicas, register } = stage;

  say(
    `starting ${options.replicas} replicas, ${delivery}${bug === undefined ? '' : `, with the bug ${bug}`}`,
  );
  const { loading } = await raise(stage, options.replicas, { rate: options.firstPerSecond });

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
  const plan = planFaults({
    seed,
    count: options.faults,
    ...(options.kinds === undefined ? {} : options),
  });
  const injected = await inject({
    plan,
    faults,
    load,
    progress,
    until: endAt - readingMs,
    stop,
    say,
  });

  const scoringEnd = endAt - readingMs / 2;
  await Promise.race([loading, timeUp(scoringEnd - DRAIN_MS)]);
  load.end();
  await loading;
  const drained = await progress.reaches(
    await progress.ends(),
    Math.max(DRAIN_MS, scoringEnd - performance.now()),
  );
  // a signal ends a process that has just begun before it can end by itself
  await replicas.allJoined();
  await replicas.stopAll();
  say('reading the topics');
  const readingAt = performance.now();
  const committed = await progress.committed();
  const pauses = new Pauses(PARTITIONS);
  const reading = { kafka, until: endAt, stop };
  const totals = await evaluate({ ...reading, names, registry, committed, pauses });
  say(`read and matched in ${Math.round((performance.now() - readingAt) / 1000)} s`);
  if (totals.inputs < load.acknowledged)
    throw new Error('the cluster lost input that it had acknowledged');
  const audit = await recomputeScores({
    config: configOf(names),
    size: options.recomputed,
    seed,
    stop,
  });
  say(`recomputed ${audit.sampled} scores, ${audit.verdicts.matches} are the same`);
  const { endedThemselves, endedBadly } = replicas;
  const wallSeconds = (performance.now() - startedAt) / 1000;
  const withPauses = injected.map(({ kind, recoveryMs, from, to }) => ({
    kind,
    recoveryMs,
    longestPauseMs: pauses.longestMs(from, to),
  }));
  return { totals, audit, faults: withPauses, drained, endedThemselves, endedBadly, wallSeconds };
}

async function timeUp(at: number): Promise<void> {
  await new Promise((done) => setTimeout(done, Math.max(0, at - performance.now())).unref());
}
