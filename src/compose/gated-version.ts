import type { ModelIdentity } from '../flow/scores.ts';
import { InUse } from '../rollout/in-use.ts';
import type { OpenVersion } from '../rollout/rollout.ts';
import { fittedOf, type FittedModel } from './fitted-model.ts';
import type { RegisteredPlan } from './plan-renewal.ts';
import type { LoadedModel } from './scoring-plan.ts';

/** An open model. It stays open as long as a version or a lineup uses it. */
export type SharedModel = InUse<LoadedModel>;

export function sharedOf({ bundle, model, profile }: LoadedModel): SharedModel {
  return new InUse({ bundle, model, profile }, () => model.release());
}

/** A version that passed its gates, with the plan that it has alone. */
export class GatedVersion implements OpenVersion {
  readonly identity: ModelIdentity;
  readonly warnings: readonly string[];
  readonly shared: SharedModel;
  readonly planned: RegisteredPlan;
  readonly fitted: FittedModel;
  readonly #endHold: () => void;

  /** A hold on the model is taken here. */
  constructor(planned: RegisteredPlan, shared: SharedModel) {
    const { model } = shared.value;
    this.identity = model.identity;
    this.warnings = model.warnings;
    this.shared = shared;
    this.planned = planned;
    this.fitted = fittedOf(planned.plan);
    this.#endHold = shared.hold();
  }

  retire(): void {
    this.#endHold();
  }
}
