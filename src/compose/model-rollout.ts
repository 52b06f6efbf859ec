import { setTimeout as sleep } from 'node:timers/promises';
import type { Settings } from '../config/settings.ts';
import { BatchBudget } from '../consume/batch-budget.ts';
import type { SchemaRegistry } from '../decode/registry.ts';
import type { Started } from '../runtime/lifecycle.ts';
import { Rollout } from '../rollout/rollout.ts';
import type { FoundVersion, VersionStore } from '../rollout/version-store.ts';
import { BesideChampion } from './beside-champion.ts';
import { CanaryRole } from './canary-role.ts';
import { ChallengerRole } from './challenger-role.ts';
import { ChallengerTopic } from './challenger-topic.ts';
import type { ModelOptions } from './champion.ts';
import { Degradation } from './degradation.ts';
import { GatedVersion, type SharedModel } from './gated-version.ts';
import { KeptVersions } from './kept-versions.ts';
import { Lineups } from './lineups.ts';
import type { Monitors } from './monitors.ts';
import { degradedDecision } from './on-failure.ts';
import type { PolicyLists } from './policy-lists.ts';
import { PolicyRole } from './policy-role.ts';
import type { RegisteredPlan } from './plan-renewal.ts';
import type { Reports } from './reports.ts';
import { ModelReports, type RolloutReport } from './rollout-report.ts';
import type { LineupVersions } from './running-lineup.ts';
import { withOpenLists, type LiveScoring } from './score-requests.ts';
import type { Scoring } from './scoring.ts';
import type { SideConnections } from './side-topic.ts';
import { keyTypeOf } from './key-type.ts';
import { openBeside } from './version-beside.ts';
import { openVersion } from './version-opening.ts';
import { countVersions } from './version-statistics.ts';
import { WantedSettings, type Reload } from './wanted-settings.ts';

export interface ModelRolloutOptions {
  readonly settings: Settings;
  readonly registry: SchemaRegistry;
  readonly store: VersionStore;
  readonly reload: Reload;
  readonly model: Pick<ModelOptions, 'onTimeout' | 'maxLosses'>;
  /** Connects a producer for the topic of the challenger. */
  readonly openSink: SideConnections['openSink'];
  /** The lists of the policy, open. */
  readonly lists: PolicyLists;
  readonly monitors: Pick<Monitors, 'observers'>;
  /** The version that decides at the start. The hold on its model is passed on. */
  readonly first: RegisteredPlan & { readonly found: FoundVersion; readonly shared: SharedModel };
}

export interface ModelRollout extends Scoring {
  readonly report: () => RolloutReport;
  /** What decides now, for requests. */
  readonly live: () => LiveScoring;
  /**
   * Opens the canary, before the first batch, and begins to look for other versions. A version that
   * fails at a gate does not hold up the start. Nobody waits for the challenger.
   */
  readonly openOthers: () => Promise<void>;
}

/**
 * Scores with the current lineup, and looks for other versions every `model.watchMs`. A batch is
 * scored by the lineup of the moment when it was taken, so a change is a clean boundary in every
 * partition.
 */
export function startModelRollout(
  {
    settings,
    registry,
    store,
    reload,
    model,
    openSink,
    lists,
    monitors,
    first,
  }: ModelRolloutOptions,
  reports: Reports,
): Started<ModelRollout> {
  const { logger, status } = reports;
  const { batch } = settings;
  const { watchMs, keepWarm } = settings.model;
  const budget = new BatchBudget(batch.maxSize, batch.maxInferMs / 1000);
  const stopping = new AbortController();
  const { signal } = stopping;
  const policy = new PolicyRole({
    reports,
    lists,
    first: settings.decision,
    typeOf: (list) => keyTypeOf(list, lineups.current.planned.plan.stream.readers),
    decideBy: (decision) => lineups.decideBy(withPolicy(settings, decision)),
    signal,
  });
  const wanted = new WantedSettings(settings, reload, logger, (newer) => policy.change(newer));
  const said = new ModelReports(reports);
  const canaryRole = new CanaryRole({
    reports,
    wanted: () => wanted.current.model.canary,
    now: () => new Date(),
  });
  const challengerRole = new ChallengerRole({
    reports,
    topic: () => wanted.current.model.challengerTopic,
    writer: new ChallengerTopic({ settings, registry, openSink }),
    maxInferMs: batch.maxInferMs,
  });
  const { found, shared, ...planned } = first;
  const version = new GatedVersion(planned, shared);
  shared.release(); // from here on the version holds it
  const environment = {
    settings,
    registry,
    reports,
    onInferred: (rows: number, seconds: number) => {
      budget.observe(rows, seconds);
    },
    canary: canaryRole,
    challenger: challengerRole,
    lists,
    monitors,
    onLeftOut: said.leftOut,
  };
  const lineups = new Lineups(environment, { champion: version });
  const change = (): void => {
    lineups.change(versionsNow());
  };
  const opening = () => ({
    settings: withPolicy(settings, wanted.current.decision),
    registry,
    store,
    plan: () => lineups.current.planned.plan.stream,
  });
  // A source that does not answer must not hold up the end of the service.
  const finding: Pick<VersionStore, 'find'> = { find: (name) => store.find(name, signal) };
  const champion: Rollout<GatedVersion> = new Rollout({
    store: finding,
    wanted: async () => (await wanted.refresh()).model.champion,
    first: { found, version },
    open: (candidate, warm) =>
      openVersion(candidate, warm ?? openElsewhere(candidate), {
        ...opening(),
        model: { ...model, signal },
      }),
    keepWarm,
    now: Date.now,
    observer: said.observerOf('champion', change),
  });
  const besideChampion = (): BesideChampion =>
    new BesideChampion(finding.find, {
      found: () => champion.found!,
      name: () => wanted.current.model.champion,
    });
  const ofCanary = besideChampion();
  const canary: Rollout<GatedVersion> = new Rollout({
    store: ofCanary,
    wanted: async () => {
      await wanted.refresh();
      return ofCanary.wanted(canaryRole.wanted);
    },
    open: (candidate, warm) =>
      openBeside('canary', candidate, warm, { ...opening(), lineups, logger, signal }),
    keepWarm: 0,
    now: Date.now,
    observer: said.observerOf('canary', () => {
      if (canary.active === undefined) canaryRole.left();
      change();
    }),
  });
  const ofChallenger = besideChampion();
  const challenger: Rollout<GatedVersion> = new Rollout({
    store: ofChallenger,
    wanted: async () => ofChallenger.wanted((await wanted.refresh()).model.challenger),
    open: (candidate, warm) =>
      openBeside('challenger', candidate, warm, { ...opening(), lineups, logger, signal }),
    keepWarm: 0,
    now: Date.now,
    observer: said.observerOf('challenger', () => {
      if (challenger.active === undefined) void challengerRole.left();
      change();
    }),
  });
  const kept = new KeptVersions(
    {
      store,
      open: (candidate, warm) =>
        openVersion(candidate, warm ?? champion.openAs(candidate) ?? openElsewhere(candidate), {
          ...opening(),
          model: { ...model, signal },
        }),
      now: Date.now,
      observerOf: (name) => said.observerOf('warm', () => undefined, name),
    },
    () => wanted.current.model,
  );
  said.started({ champion, canary, challenger, kept, lineups, canaryRole, challengerRole });
  const decision = degradedDecision(settings.model.onFailure);
  const degradation = decision === undefined ? undefined : new Degradation(decision, reports);
  status.detailed(() => [...said.detail(), ...policy.detail(), ...(degradation?.detail() ?? [])]);
  const watching: Promise<void>[] = [];
  return {
    value: {
      take: (taken) => lineups.current.take(taken),
      delivered: (outcome) => {
        degradation?.delivered(outcome);
        countVersions(outcome, lineups.current.statistics, canaryRole.run?.statistics);
      },
      budget,
      report: () => said.report,
      live: () => {
        const { planned, versions } = lineups.current;
        return {
          plan: withOpenLists(planned.plan, lists),
          hold: () => versions.champion.shared.hold(),
        };
      },
      openOthers: async () => {
        watching.push(
          watch(champion),
          looked(kept, true).then(() => watch(kept)),
          looked(challenger, true).then(() => watch(challenger)),
        );
        await looked(canary, true);
        watching.push(watch(canary));
      },
    },
    stop: async () => {
      stopping.abort();
      await Promise.all(watching);
      await challengerRole.close();
      const roles = [champion, canary, challenger, ...kept.rollouts];
      const open = roles.flatMap(({ active, warm }) => [...(active ? [active] : []), ...warm]);
      await Promise.all(open.map(({ shared: own }) => own.end()));
    },
  };

  function versionsNow(): LineupVersions {
    return {
      champion: champion.active!,
      canary: canary.active,
      challenger: challenger.active,
    };
  }

  /** A version that stays open, or a canary, can become the champion at once, where it runs. */
  function openElsewhere(candidate: FoundVersion): GatedVersion | undefined {
    const beside = settings.inference.workers > 0 ? canary.openAs(candidate) : undefined;
    return kept.openAs(candidate) ?? beside;
  }

  async function watch(rollout: Looking): Promise<void> {
    const stopped = (): boolean => signal.aborted;
    while (!stopped() && watchMs > 0) {
      await sleep(watchMs, undefined, { signal }).catch(() => undefined);
      if (!stopped()) await looked(rollout);
    }
  }

  async function looked(rollout: Looking, whole = false): Promise<void> {
    try {
      await rollout.look(whole);
    } catch (error) {
      if (signal.aborted) return; // the opening was aborted
      logger.error(
        { err: error },
        'the search for another version of the model failed; the current version continues',
      );
    }
  }
}

type Looking = Pick<Rollout<GatedVersion>, 'look'>;

/** The settings of the start with another policy. */
function withPolicy(settings: Settings, decision: Settings['decision']): Settings {
  const { decision: _atStart, ...rest } = settings;
  return decision === undefined ? rest : { ...rest, decision };
}
