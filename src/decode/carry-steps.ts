import { describeType, type SchemaNode } from '../flow/schema-node.ts';
import { CarryPlanner, isCopy, isHopeless } from './carry-plan.ts';
import { rewriteBy } from './carry-rewrite.ts';
import type { DecodePlan } from './decode-plan.ts';
import type { Lacking } from './lacking.ts';
import { LACKING, UNRESOLVED } from './read-error.ts';
import type { Resolver } from './resolve.ts';
import { SkipPlan } from './skip-plan.ts';
import type { WrongType } from './value-reader.ts';

export interface CarryTarget {
  readonly path: string;
  /**
   * The type in the output. If it has a null branch of its own, that branch also represents a null
   * parent.
   */
  readonly node: SchemaNode;
  /** Bytes that mean "a record on the way was null". */
  readonly nullBytes: Buffer | null;
}

/** Adds the steps of carried fields, which are named by their slots. */
export class CarrySteps {
  readonly #carry: readonly CarryTarget[];
  readonly #planner: CarryPlanner;
  readonly #skipper: SkipPlan;
  readonly #lacking: Lacking;
  /** A field that is carried unchanged must be valid. */
  readonly #checker = new SkipPlan(true);
  #insideDefault = false;

  constructor(
    carry: readonly CarryTarget[],
    resolver: Resolver,
    skipper: SkipPlan,
    lacking: Lacking,
  ) {
    this.#carry = carry;
    this.#planner = new CarryPlanner(resolver);
    this.#skipper = skipper;
    this.#lacking = lacking;
  }

  /** Makes a plan for the bytes of a default. They are not in the value of the record. */
  insideDefault(make: () => DecodePlan): DecodePlan {
    this.#insideDefault = true;
    const made = make();
    this.#insideDefault = false;
    return made;
  }

  /**
   * Marks the start and the end of a carried value. It also checks the value if its bytes are used
   * unchanged.
   */
  carryOn(
    plan: DecodePlan,
    writer: SchemaNode,
    reader: SchemaNode,
    slots: readonly number[],
  ): void {
    const plans = slots.map((slot) =>
      this.#planner.carried(writer, reader, this.#carry[slot]!.node),
    );
    for (const slot of slots) plan.steps.push({ do: 'carry-start', slot });
    (plans.some(isCopy) ? this.#checker : this.#skipper).skip(plan, writer);
    for (const [i, carryPlan] of plans.entries()) {
      const slot = slots[i]!;
      if (isHopeless(carryPlan)) {
        const needed = describeType(this.#carry[slot]!.node);
        const wrong = {
          is: describeType(writer),
          by: "the subject's latest schema has",
          needed,
        };
        this.unresolved(plan, [slot], wrong);
        continue;
      }
      // Bytes of a default are passed instead of a position.
      const asIs = this.#insideDefault ? (bytes: Buffer) => bytes : null;
      plan.steps.push({
        do: 'carry-end',
        slot,
        rewrite: isCopy(carryPlan) ? asIs : rewriteBy(carryPlan),
      });
    }
  }

  /** A record on the way is null. */
  nullify(plan: DecodePlan, slots: readonly number[]): void {
    for (const slot of slots) {
      const { nullBytes: bytes } = this.#carry[slot]!;
      if (bytes === null) this.unresolved(plan, [slot]);
      else plan.steps.push({ do: 'carry-bytes', slot, bytes });
    }
  }

  /** The writer does not have the fields, and they have no default. */
  lack(plan: DecodePlan, slots: readonly number[]): void {
    for (const slot of slots) {
      this.#lacking.carried(slot);
      plan.steps.push({ do: 'fail', error: LACKING });
    }
  }

  /** The values of the writer have a type that the fields cannot have. */
  unresolved(plan: DecodePlan, slots: readonly number[], wrong?: WrongType): void {
    for (const slot of slots) {
      this.#lacking.carried(slot, wrong);
      plan.steps.push({ do: 'fail', error: UNRESOLVED });
    }
  }
}
