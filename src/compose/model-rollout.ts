import { setTimeout as sleep } from 'node:timers/promises';
import type { Settings } from '../config/settings.ts';
import { BatchBudget } from '../consume/batch-budget.ts';
import type { SchemaRegistry } from '../decode/registry.ts';
import type { Started } from '../runtime/lifecycle.ts';
import { Rollout } from '../rollout/rollout.ts';
import type { FoundVersion, VersionStore } from '../rollout/version-store.ts';
import type { ModelOptions } from './champion.ts';
import { GatedVersion, type SharedModel } from './gated-version.ts';
import { Lineups } from './lineups.ts';
import type { RegisteredPlan } from './plan-renewal.ts';
import type { Reports } from './reports.ts';
import { rolloutObserver, type RolloutReport } from './rollout-report.ts';
import type { Scoring } from './scoring.ts';
import { openVersion } from './version-opening.ts';
import { WantedSettings, type Reload } from './wanted-settings.ts';

export interface ModelRolloutOptions {
  readonly settings: Settings;
  readonly registry: SchemaRegistry;
  readonly store: VersionStore;
  readonly reload: Reload;
  readonly model: Pick<ModelOptions, 'onTimeout'>;
  /** The version that decides at the start. The hold on its model is passed on. */
  readonly first: RegisteredPlan & { readonly found: FoundVersion; readonly shared: SharedModel };
}

export interface ModelRollout extends Scoring {
  readonly report: () => RolloutReport;
}

/**
 * Scores with the current lineup, and looks for other versions every `model.watchMs`. A batch is
 * scored by the lineup of the moment when it was taken, so a change is a clean boundary in every
 * partition.
 */
export function startModelRollout(
  { settings, registry, store, reload, model, first }: ModelRolloutOptions,
  reports: Reports,
): Started<ModelRollout> {
  const { logger, status } = reports;
  const { batch } = settings;
  const { watchMs, keepWarm } = settings.model;
  const budget = new BatchBudget(batch.maxSize, batch.maxInferMs / 1000);
  const stopping = new AbortController();
  const wanted = new WantedSettings(settings, reload, logger);
  const { found, shared, ...planned } = first;
  const version = new GatedVersion(planned, shared);
  shared.release(); // from here on the version holds it
  const observer = rolloutObserver(reports);
  const lineups = new Lineups(
    {
      settings,
      registry,
      reports,
      onInferred: (rows, seconds) => {
        budget.observe(rows, seconds);
      },
      onLeftOut: () => undefined,
    },
    { champion: version },
  );
  const champion: Rollout<GatedVersion> = new Rollout({
    store,
    wanted: async () => (await wanted.refresh()).model.champion,
    first: { found, version },
    open: (candidate, warm) =>
      openVersion(candidate, warm, {
        settings,
        registry,
        store,
        model: { ...model, signal: stopping.signal },
        plan: () => lineups.current.planned.plan.stream,
      }),
    keepWarm,
    now: Date.now,
    observer: {
      ...observer,
      swapped: (before, after, warm) => {
        lineups.change({ champion: after });
        observer.swapped(before, after, warm);
      },
    },
  });
  observer.started(champion);
  status.detailed(() => observer.detail());
  const watching = watchMs === 0 ? undefined : watch(champion);
  return {
    value: {
      take: (taken) => lineups.current.take(taken),
      budget,
      report: () => observer.report(champion),
    },
    stop: async () => {
      stopping.abort();
      await watching;
      const open = [champion.active!, ...champion.warm];
      await Promise.all(open.map(({ shared: own }) => own.end()));
    },
  };

  async function watch(rollout: Rollout<GatedVersion>): Promise<void> {
    const { signal } = stopping;
    const stopped = (): boolean => signal.aborted;
    for (;;) {
      await sleep(watchMs, undefined, { signal }).catch(() => undefined);
      if (stopped()) return;
      try {
        await rollout.look();
      } catch (error) {
        if (stopped()) return; // the opening was aborted
        logger.error(
          { err: error },
          'the search for another version of the model failed; the current version continues',
        );
      }
    }
  }
}
