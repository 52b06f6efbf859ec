import { setTimeout as sleep } from 'node:timers/promises';
import type { Settings } from '../config/settings.ts';
import { BatchBudget } from '../consume/batch-budget.ts';
import type { SchemaRegistry } from '../decode/registry.ts';
import type { Started } from '../runtime/lifecycle.ts';
import { Rollout } from '../rollout/rollout.ts';
import type { FoundVersion, VersionStore } from '../rollout/version-store.ts';
import type { ModelOptions } from './champion.ts';
import type { RegisteredPlan } from './plan-renewal.ts';
import type { Reports } from './reports.ts';
import { rolloutObserver, type RolloutReport } from './rollout-report.ts';
import { RunningVersion, type SharedModel } from './running-version.ts';
import type { Scoring } from './scoring.ts';
import { openVersion } from './version-opening.ts';
import { wantedVersion, type Reload } from './wanted-version.ts';

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
 * Scores with the deciding version, and looks for another one every `model.watchMs`. A batch is
 * scored by the version that decided when it was taken, so a swap is a clean boundary in every
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
  const running = {
    settings,
    registry,
    reports,
    onInferred: (rows: number, seconds: number) => {
      budget.observe(rows, seconds);
    },
  };
  const stopping = new AbortController();
  const { found, shared, ...planned } = first;
  const version = new RunningVersion({ ...running, planned, shared });
  shared.release(); // from here on the version holds it
  const observer = rolloutObserver(reports);
  const rollout: Rollout<RunningVersion> = new Rollout({
    store,
    wanted: wantedVersion(settings, reload, logger),
    first: { found, version },
    open: (candidate, warm) =>
      openVersion(candidate, warm, {
        ...running,
        store,
        model: { ...model, signal: stopping.signal },
        plan: () => rollout.active.plan,
      }),
    keepWarm,
    now: Date.now,
    observer,
  });
  observer.started(rollout);
  status.detailed(() => observer.detail());
  const watching = watchMs === 0 ? undefined : watch();
  return {
    value: {
      take: (taken) => rollout.active.take(taken),
      budget,
      report: () => observer.report(rollout),
    },
    stop: async () => {
      stopping.abort();
      await watching;
      await Promise.all([rollout.active, ...rollout.warm].map(({ shared: own }) => own.end()));
    },
  };

  async function watch(): Promise<void> {
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
