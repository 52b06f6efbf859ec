import type { Settings } from '../config/settings.ts';
import type { SchemaRegistry } from '../decode/registry.ts';
import { ScorerError } from '../errors.ts';
import { aliveRows } from '../flow/alive-rows.ts';
import { instrumentStages } from '../observe/instrument.ts';
import {
  createPipeline,
  type ScoreBatch,
  type Stages,
  type TakeBatch,
  type Version,
} from '../pipeline.ts';
import { InUse } from '../rollout/in-use.ts';
import type { CanaryRole } from './canary-role.ts';
import { CanaryTrials } from './canary-trial.ts';
import type { ChallengerRole } from './challenger-role.ts';
import { planTogether } from './fitted-model.ts';
import type { GatedVersion } from './gated-version.ts';
import { createLiveStages, type LiveStages } from './live-stages.ts';
import { degradedDecision, unscoredStage } from './on-failure.ts';
import { OtherVersion } from './other-version.ts';
import type { Monitors } from './monitors.ts';
import type { PolicyLists } from './policy-lists.ts';
import type { LeftOut, RegisteredPlan } from './plan-renewal.ts';
import type { Reports } from './reports.ts';
import type { ScoringPlan } from './scoring-plan.ts';
import type { VersionStatistics } from './version-statistics.ts';

/** A batch with the lineup that scores it, however often it is scored again. */
export interface TakenBatch {
  readonly score: ScoreBatch;
  /** It will not be scored again. Called once. */
  readonly release: () => void;
}

/** The versions of a lineup by their roles. */
export interface LineupVersions {
  readonly champion: GatedVersion;
  readonly canary?: GatedVersion | undefined;
  readonly challenger?: GatedVersion | undefined;
}

export interface LineupEnvironment {
  readonly settings: Settings;
  readonly registry: SchemaRegistry;
  readonly reports: Reports;
  /** Called with the time that the model of the champion itself needed for a number of rows. */
  readonly onInferred: (rows: number, seconds: number) => void;
  readonly canary: Pick<CanaryRole, 'percent' | 'reportFor'>;
  readonly challenger: Pick<ChallengerRole, 'runFor'>;
  readonly lists: Pick<PolicyLists, 'snapshot'>;
  readonly monitors: Pick<Monitors, 'observers'>;
  /** A version does not fit the schemas of the events, or fits them again. */
  readonly onLeftOut: LeftOut;
}

export interface RunningLineupOptions extends LineupEnvironment {
  readonly versions: LineupVersions;
  /** The schemas with which it begins. */
  readonly planned: RegisteredPlan;
  /** Of the champion. */
  readonly statistics: VersionStatistics;
}

/**
 * What scores batches: the versions of the model with their roles, and their stages from the bytes
 * of a record on. It never changes, except that its plan follows the schemas of the events. If
 * another lineup takes over, batches that were taken before keep this one, and it holds its models
 * until the last of them is done.
 */
export class RunningLineup {
  readonly versions: LineupVersions;
  /** Of the champion. */
  readonly statistics: VersionStatistics;
  readonly #live: LiveStages;
  readonly #take: TakeBatch;
  readonly #use: InUse<undefined>;

  constructor(options: RunningLineupOptions) {
    const { versions, settings, registry, reports, onInferred, onLeftOut, statistics } = options;
    const { metrics, status, logger } = reports;
    this.versions = versions;
    this.statistics = statistics;
    const { champion, canary, challenger } = versions;
    const others = [canary, challenger].filter((other) => other !== undefined);
    const all = [champion, ...others];
    const holds = all.map(({ shared }) => shared.hold());
    this.#use = new InUse(undefined, () => {
      for (const endHold of holds) endHold();
      return Promise.resolve();
    });
    this.#live = createLiveStages({
      ...plannedFor(champion, others, options),
      versions: [champion.fitted, ...others.map(({ fitted }) => fitted)],
      settings,
      registry,
      now: Date.now,
      onMissing: (feature, rows) => {
        metrics.featureMissing.inc({ feature }, rows);
      },
      onRule: ({ name, shadow }, matched, failed) => {
        const labels = { rule: name, shadow: String(shadow) };
        if (matched > 0) metrics.rulesMatched.inc(labels, matched);
        if (failed > 0) metrics.rulesFailed.inc(labels, failed);
      },
      list: options.lists.snapshot(),
      monitors: options.monitors.observers,
      degradedDecision: degradedDecision(settings.model.onFailure),
      onLeftOut,
      logger,
    });
    const stages = instrumentStages(metrics.stageDuration, this.#live.stages);
    const infer: Stages['infer'] = async (tensors, rows) => {
      const done = status.inferring();
      const scores = await stages.infer(tensors, rows).finally(done);
      if (scores.seconds !== undefined) {
        onInferred(rows, scores.seconds);
        statistics.inferred(rows, scores.seconds);
      }
      return scores;
    };
    const shadow = challenger && this.#shadowOf(challenger, options);
    const version = { ...stages, infer, ...(shadow && { shadow }) };
    const trials = canary && this.#trialsOf(canary, options);
    this.#take = createPipeline(
      { ...stages, unscored: unscoredStage(settings.model.onFailure) },
      () => (trials === undefined ? version : { ...version, canary: trials() }),
      Date.now,
    );
  }

  /** The share of the moment when a batch is taken stays that of the batch. */
  #trialsOf(
    canary: GatedVersion,
    { versions: { champion }, settings, canary: role }: RunningLineupOptions,
  ): () => NonNullable<Version['canary']> {
    const trials = new CanaryTrials({
      champion,
      canary,
      planOf: this.#live.planOf,
      settings,
      timeoutMs: canaryWaitMs(settings),
      report: role.reportFor(champion, canary),
    });
    return () => {
      const { percent } = role;
      return (events) => (percent > 0 ? trials.begin(events, percent) : undefined);
    };
  }

  /** The challenger gets each batch once it is delivered. */
  #shadowOf(
    challenger: GatedVersion,
    { challenger: role, settings }: RunningLineupOptions,
  ): NonNullable<Version['shadow']> {
    const run = role.runFor(challenger);
    const other = new OtherVersion(challenger, this.#live.planOf, settings);
    return (events, tensors, scores, decisions) => {
      const view = other.viewOf(events);
      if (view === undefined) return undefined;
      const { events: seen, map, isFedAlike } = view;
      return run.observe({
        events: seen,
        rows: aliveRows(events.fates),
        champion: { scores, decisions },
        tensors: isFedAlike ? tensors : undefined,
        map,
        decide: this.#live.stagesOf(events).decide,
        decideReads: policyReads(this.#live.planOf(events)),
      });
    };
  }

  /** The plan that reads events now, with the ids of its schemas. */
  get planned(): RegisteredPlan {
    return this.#live.planned;
  }

  /** Takes the latest schemas of the events now, if the champion fits them. */
  renew(): Promise<void> {
    return this.#live.renew();
  }

  take(batch: Parameters<TakeBatch>[0]): TakenBatch {
    const release = this.#use.hold();
    const scoreBatch = this.#take(batch);
    return {
      release,
      score: async () => {
        // A batch may be abandoned while the model still works on it.
        const end = this.#use.hold();
        return scoreBatch().finally(end);
      },
    };
  }

  /** Another lineup takes batches from now on. */
  retire(): void {
    this.#use.release();
  }
}

/** The columns that the policy of a plan reads. Undefined: any. */
function policyReads({ stream: { policy } }: ScoringPlan): readonly number[] | undefined {
  return policy?.compiled.marks === undefined ? (policy?.slots ?? []) : undefined;
}

/**
 * How long a batch waits for a canary. Batches are as large as the champion can score in
 * `batch.maxInferMs`, so much longer means that the canary hangs. Scores must not wait for that as
 * long as for a champion.
 */
function canaryWaitMs({ inference, batch }: Settings): number {
  return Math.min(inference.timeoutMs, Math.max(2000, 20 * batch.maxInferMs));
}

/** The plan of all versions that fit these schemas. */
function plannedFor(
  champion: GatedVersion,
  others: readonly GatedVersion[],
  { planned, settings, onLeftOut }: RunningLineupOptions,
): RegisteredPlan {
  const { plan } = planned;
  const alone =
    plan.versions.length === 1 && plan.versions[0].model === champion.shared.value.model;
  if (alone && others.length === 0) return planned;
  const fitted = [champion.fitted, ...others.map((other) => other.fitted)] as const;
  const together = planTogether(settings, plan.stream.readers, fitted, []);
  if (together.plan === undefined)
    throw new ScorerError({ code: 'INTERNAL', what: 'the champion does not fit its own schemas' });
  for (const { identity, fitted: own } of others) onLeftOut(identity, together.leftOut.get(own));
  return { ...planned, plan: together.plan };
}
