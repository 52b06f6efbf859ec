import type { SampleReport } from '../../src/audit/sample-report.ts';
import { makeTopics } from '../../src/demo/kafka-topics.ts';
import { Lifecycle } from '../../src/runtime/lifecycle.ts';
import { recomputeScores } from '../audit.ts';
import { openCluster } from '../cluster.ts';
import type { Totals } from '../ledger.ts';
import type { ChaosOptions } from '../options.ts';
import { seconds } from '../pace.ts';
import { scorerSettings } from '../scorer-config.ts';
import { merged } from '../settings.ts';
import { configFileOf, raise, setStage } from '../stage.ts';
import { PARTITIONS } from '../topics.ts';
import { MAX_MEMORY_BYTES } from './bad-versions.ts';
import { Bundles } from './bundles.ts';
import { Director } from './director.ts';
import { evaluateRollout } from './evaluate.ts';
import { Fleet } from './fleet.ts';
import { LiveConfig } from './live-config.ts';
import { planSteps } from './plan.ts';
import { policyOf } from './policies.ts';
import { shiftOf } from './shifts.ts';
import { take } from './steps.ts';
import type { Change } from './deciders.ts';
import type { Verdict } from './verdicts.ts';

export interface RolloutOptions extends Pick<
  ChaosOptions,
  'swaps' | 'rate' | 'replicas' | 'delivery' | 'seed' | 'minutes' | 'bug' | 'logs' | 'kafkaVersion'
> {
  readonly brokers: number;
  readonly projectDir: string;
  readonly stop: AbortSignal;
  readonly say: (line: string) => void;
}

export interface RolloutResult {
  readonly totals: Totals;
  readonly verdict: Verdict;
  /** Random scores that were recomputed by the version and the policy that each names. */
  readonly audit: SampleReport;
  readonly changes: readonly Change[];
  /** What the steps had to tell. */
  readonly notes: readonly string[];
  /** Steps that were planned, and those that were done. */
  readonly planned: number;
  readonly done: number;
  /** Scores of the champion for keys of the canary, as the replicas counted them while canaries ran. */
  readonly countedFallbacks: number;
  readonly drained: boolean;
  readonly endedThemselves: number;
  readonly endedBadly: number;
  readonly wallSeconds: number;
}

const WATCH_MS = 200;
const FIRST = '1';
const DRAIN_MS = 60_000;
const READING_MS = 90_000;
/** The load goes on for as long as the steps need. */
const ENDLESS = Number.MAX_SAFE_INTEGER;
const MAX_BAD_EVENTS = { maxConsecutive: 1_000_000, maxRatio: 1 };

/** One run from an empty cluster to the verdict. Everything it starts is stopped, also when it fails. */
export async function runRollout(options: RolloutOptions): Promise<RolloutResult> {
  const lifecycle = new Lifecycle();
  try {
    return await run(options, lifecycle);
  } finally {
    await lifecycle.stop();
  }
}

async function run(options: RolloutOptions, lifecycle: Lifecycle): Promise<RolloutResult> {
  const { brokers, seed, swaps, delivery, rate, kafkaVersion, projectDir, stop, say } = options;
  const startedAt = performance.now();
  const endAt = startedAt + options.minutes * 60_000;
  const cluster = await openCluster({ brokers, kafkaVersion, projectDir, say }, lifecycle);
  const { stack, folder, kafka, admin, registry } = cluster;
  const bundles = await Bundles.make(folder, projectDir);
  await bundles.add(FIRST, shiftOf(1));
  const policy = policyOf(1);

  let config: LiveConfig | undefined;
  let comparisons = '';
  const stage = await setStage(
    cluster,
    {
      ...options,
      events: ENDLESS,
      configOf: (names) => {
        comparisons = `${names.group}-compared`;
        const base = merged(scorerSettings(stack, names, delivery, projectDir), {
          deadLetter: MAX_BAD_EVENTS,
          model: {
            dir: bundles.dir,
            watchMs: WATCH_MS,
            keepWarm: 1,
            maxMemoryBytes: MAX_MEMORY_BYTES,
            challengerTopic: comparisons,
          },
        });
        config = new LiveConfig(base, configFileOf(folder, 0), policy);
        return config.text;
      },
    },
    lifecycle,
  );
  const { names, load, progress, replicas } = stage;
  await makeTopics(admin, [{ topic: comparisons, numPartitions: PARTITIONS }]);
  const fleet = new Fleet(replicas, stop);
  const director = new Director(
    { bundles, config: config!, fleet, replicas, progress, stop },
    { champion: FIRST, policy },
  );

  say(`starting ${options.replicas} replicas, ${delivery}`);
  const { loading } = await raise(stage, options.replicas, { slotOf: () => 0 });
  load.rate = rate;
  await director.champion(FIRST);

  const plan = planSteps(seed, swaps);
  const notes: string[] = [];
  let done = 0;
  let countedFallbacks = 0;
  for (const step of plan) {
    if (performance.now() > endAt - READING_MS - DRAIN_MS) break;
    const beganAt = performance.now();
    // the canaries are counted step by step, because a replica that ends takes its counts with it
    const isOfCanary = step.kind.startsWith('canary');
    const before = isOfCanary ? await fleet.metric(FALLBACKS) : 0;
    const note = await take(step, director);
    if (isOfCanary) countedFallbacks += (await fleet.metric(FALLBACKS)) - before;
    done++;
    if (note !== undefined) notes.push(note);
    say(
      `${done}/${plan.length} ${step.kind}: ${seconds(performance.now() - beganAt)}${note === undefined ? '' : `, ${note}`}`,
    );
  }

  load.end();
  await loading;
  const drained = await progress.reaches(await progress.ends(), DRAIN_MS);
  await replicas.stopAll();
  say('reading the topics');
  const committed = await progress.committed();
  const { history, shifts } = director;
  const reading = { kafka, registry, names, until: performance.now() + READING_MS, stop };
  const evaluated = await evaluateRollout({ ...reading, committed, comparisons, history, shifts });
  const labels = history.changes.flatMap(({ states }) => states.map(({ policy: label }) => label));
  const others = [...new Set(labels)].map((label) => config!.textWith(label));
  const audit = await recomputeScores({ config: config!.text, others, seed, stop });
  say(`recomputed ${audit.sampled} scores, ${audit.verdicts.matches} are the same`);
  const { endedThemselves, endedBadly } = replicas;
  return {
    ...evaluated,
    audit,
    changes: history.changes,
    notes,
    planned: plan.length,
    done,
    countedFallbacks,
    drained,
    endedThemselves,
    endedBadly,
    wallSeconds: (performance.now() - startedAt) / 1000,
  };
}

const FALLBACKS = 'canary_fallbacks_total';
