import type { Reject } from '../flow/fates.ts';
import type { Unusable } from './bad-ids.ts';
import type { DecodePlan } from './decode-plan.ts';
import type { ReadError } from './read-error.ts';

/**
 * How records of one writer's schema are read into columns that several versions of a model share:
 * in one walk over the bytes. A problem of one version may not concern the others, so each version
 * also has its own plan. The own plans run only for the few records whose common walk fails, to
 * find the versions that cannot use them.
 */
export interface SharedPlan {
  readonly together: DecodePlan | Unusable;
  /** For each version. */
  readonly alone: readonly (DecodePlan | Unusable)[];
  /** The versions that can use no record of the schema, and why. */
  readonly refused: readonly { readonly version: number; readonly why: Unusable }[];
}

export function sharedPlan(
  together: DecodePlan | Unusable,
  alone: readonly (DecodePlan | Unusable)[],
): SharedPlan {
  const refused = alone.flatMap((why, version) => ('steps' in why ? [] : [{ version, why }]));
  return { together, alone, refused };
}

/** Walks over a record with a plan and fills its row. Returns the problem. */
type Walk = (plan: DecodePlan) => ReadError | undefined;

/** Collects for each version the rows that it cannot use. */
export class Refusals {
  readonly rejects: readonly Reject[][];

  constructor(versions: number) {
    this.rejects = Array.from({ length: versions }, () => []);
  }

  /** After a successful walk with the common plan. */
  together(row: number, { refused }: SharedPlan): void {
    for (const { version, why } of refused) this.rejects[version]!.push({ row, ...why });
  }

  /**
   * If there is no common plan, or its walk failed: each version with its own plan. Versions that
   * can read the record run last, because a failed walk leaves partial values in the shared
   * columns.
   */
  alone(row: number, { alone }: SharedPlan, walk: Walk): void {
    const errors = alone.map((plan) => ('steps' in plan ? walk(plan) : plan));
    for (const [version, error] of errors.entries()) {
      if (error !== undefined) this.rejects[version]!.push({ row, stage: 'decode', ...error });
    }
    for (const [version, plan] of alone.entries())
      if (errors[version] === undefined) walk(plan as DecodePlan);
  }
}
