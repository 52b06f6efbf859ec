import type { Settings } from '../config/settings.ts';
import type { SchemaRegistry } from '../decode/registry.ts';
import type { ModelIdentity } from '../flow/scores.ts';
import { instrumentStages } from '../observe/instrument.ts';
import { createPipeline, type ScoreBatch, type Stages, type TakeBatch } from '../pipeline.ts';
import { InUse } from '../rollout/in-use.ts';
import type { OpenVersion } from '../rollout/rollout.ts';
import { createLiveStages, type LiveStages } from './live-stages.ts';
import type { RegisteredPlan } from './plan-renewal.ts';
import type { Reports } from './reports.ts';
import type { LoadedModel, StreamPlan } from './scoring-plan.ts';

/** A batch with the version that scores it, however often it is scored again. */
export interface TakenBatch {
  readonly score: ScoreBatch;
  /** It will not be scored again. Called once. */
  readonly release: () => void;
}

/** An open model. It stays open as long as any version of a plan uses it. */
export type SharedModel = InUse<LoadedModel>;

export function sharedOf({ bundle, model }: LoadedModel): SharedModel {
  return new InUse({ bundle, model }, () => model.release());
}

export interface RunningVersionOptions {
  readonly planned: RegisteredPlan;
  /** The model of the version of the plan. A hold on it is taken here. */
  readonly shared: SharedModel;
  readonly settings: Settings;
  readonly registry: SchemaRegistry;
  readonly reports: Reports;
  /** Called with the time that the model itself needed for a number of rows. */
  readonly onInferred: (rows: number, seconds: number) => void;
}

/**
 * A version that scores, with its own stages from the bytes of a record on: it reads the parts of
 * an event that it needs. If another version takes over, batches that were taken before keep this
 * one, and its model is closed when the last of them is done.
 */
export class RunningVersion implements OpenVersion {
  readonly identity: ModelIdentity;
  readonly warnings: readonly string[];
  readonly shared: SharedModel;
  readonly #live: LiveStages;
  readonly #take: TakeBatch;
  readonly #use: InUse<undefined>;

  constructor({ planned, shared, settings, registry, reports, ...rest }: RunningVersionOptions) {
    const { metrics, status, logger } = reports;
    const { model } = shared.value;
    this.identity = model.identity;
    this.warnings = model.warnings;
    this.shared = shared;
    const endHold = shared.hold();
    this.#use = new InUse(undefined, () => {
      endHold();
      return Promise.resolve();
    });
    this.#live = createLiveStages({
      ...planned,
      settings,
      registry,
      now: Date.now,
      onMissing: (feature, rows) => {
        metrics.featureMissing.inc({ feature }, rows);
      },
      logger,
    });
    const stages = instrumentStages(metrics.stageDuration, this.#live.stages);
    const infer: Stages['infer'] = async (tensors, rows) => {
      const done = status.inferring();
      const scores = await stages.infer(tensors, rows).finally(done);
      if (scores.seconds !== undefined) rest.onInferred(rows, scores.seconds);
      return scores;
    };
    const version = { ...stages, infer };
    this.#take = createPipeline(stages, () => version, Date.now);
  }

  /** The plan that reads events now. */
  get plan(): StreamPlan {
    return this.#live.plan;
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

  retire(): void {
    this.#use.release();
  }
}
