import type { Reject } from '../flow/fates.ts';
import type { Unusable } from './bad-ids.ts';
import type { DecodePlan } from './decode-plan.ts';
import type { ReadError } from './read-error.ts';

/**
 * How records of one writer's schema are read into columns that several versions of a model share:
 * together, in one walk over the bytes. What stands in the way of one version may be nothing to the
 * others, so each has a plan of its own too, as it would have without them. Those are run for the
 * few records whose walk fails, to see which versions it fails for.
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

/** Walks a record by a plan into its row; answers what is wrong with it. */
type Walk = (plan: DecodePlan) => ReadError | undefined;

/** Collects, version by version, the rows that a version cannot use. */
export class Refusals {
  readonly rejects: readonly Reject[][];

  constructor(versions: number) {
    this.rejects = Array.from({ length: versions }, () => []);
  }

  /** After a walk by the plan for all of them together, which found nothing wrong. */
  together(row: number, { refused }: SharedPlan): void {
    for (const { version, why } of refused) this.rejects[version]!.push({ row, ...why });
  }

  /**
   * Where there is no such plan, or its walk failed: by the plan of each version. Those that read
   * the record do so last, as a walk that fails leaves parts of it in columns that they share.
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
