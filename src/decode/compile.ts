import { ABSENT, MISMATCH, NULL } from '../flow/events.ts';
import type { View } from '../flow/projection.ts';
import { fieldOf, indexOf } from '../flow/path.ts';
import {
  describeType,
  type FieldNode,
  type RecordNode,
  type SchemaNode,
  type UnionNode,
} from '../flow/schema-node.ts';
import { CarryPlanner, isCopy, isHopeless } from './carry-plan.ts';
import { rewriteBy } from './carry-rewrite.ts';
import { append, emptyPlan, keyIndex, leastOf, type DecodePlan } from './decode-plan.ts';
import { Resolver, sourcesOf } from './resolve.ts';
import { SkipPlan } from './skip-plan.ts';
import { ValueReader, type WrongType } from './value-reader.ts';
import { LACKING, UNRESOLVED } from './read-error.ts';
import {
  both,
  carriesOf,
  isEmpty,
  slotsOf,
  projectionTree,
  type ProjectionTree,
} from './projection-tree.ts';

export interface CarryTarget {
  readonly path: string;
  /** The type in the output; its own null branch, if any, stands for a null parent. */
  readonly node: SchemaNode;
  /** Bytes that stand for "a record on the way was null". */
  readonly nullBytes: Buffer | null;
}

/**
 * Why no record of a writer's schema can give a needed value: it has none, or one of another type.
 */
export class UnsatisfiedField extends Error {
  readonly code: 'FIELD_MISSING' | 'FIELD_TYPE';

  constructor(path: string, wrong?: WrongType) {
    super(
      wrong === undefined
        ? `the writer's schema has no field ${path}, and the schema that events are read by gives no default`
        : `the writer's field ${path} is ${wrong.is}, and ${wrong.by ?? 'the model needs'} ${wrong.needed}`,
    );
    this.code = wrong === undefined ? 'FIELD_MISSING' : 'FIELD_TYPE';
  }
}

/**
 * Compiles the plan for a writer's schema.
 *
 * Evolution: paths are those of the reader's schema. A needed field that the writer does not have
 * takes the reader's default; where there is none, or where the writer's is of a type of no use,
 * this throws UnsatisfiedField.
 */
export function compile(
  writer: SchemaNode,
  reader: SchemaNode,
  fields: View,
  carry: readonly CarryTarget[],
): DecodePlan {
  return new Compiler(fields, carry).compile(writer, reader);
}

class Compiler {
  readonly #projection: View;
  readonly #carry: readonly CarryTarget[];
  readonly #skipper = new SkipPlan();
  /** What is carried on as it is has to be valid. */
  readonly #checker = new SkipPlan(true);
  readonly #resolver = new Resolver();
  readonly #planner = new CarryPlanner(this.#resolver);
  readonly #reader: ValueReader;
  #insideDefault = false;
  /**
   * Required fields that a branch of a union lacks or has in another type; undefined outside of
   * unions, where lacking one is final.
   */
  #lacking: Map<number, WrongType | undefined> | undefined;

  constructor(projection: View, carry: readonly CarryTarget[]) {
    this.#projection = projection;
    this.#carry = carry;
    this.#reader = new ValueReader(projection, this.#skipper, this.#resolver, (slot, wrong) => {
      if (!projection.get(slot)!.optional) this.#lack(slot, wrong);
    });
  }

  compile(writer: SchemaNode, reader: SchemaNode): DecodePlan {
    return this.#plan(writer, reader, projectionTree(this.#projection, this.#carry));
  }

  #plan(writer: SchemaNode, reader: SchemaNode, projected: ProjectionTree): DecodePlan {
    const plan = emptyPlan();
    this.#emit(plan, writer, reader, projected);
    return plan;
  }

  #emit(plan: DecodePlan, writer: SchemaNode, reader: SchemaNode, projected: ProjectionTree): void {
    if (isEmpty(projected)) {
      this.#skipper.skip(plan, writer);
      return;
    }
    const inner = { ...projected, carries: [] };
    if (isEmpty(inner)) {
      this.#carryOn(plan, writer, reader, projected.carries);
      return;
    }
    if (projected.carries.length > 0) {
      const again = emptyPlan();
      this.#carryOn(again, writer, reader, projected.carries);
      plan.steps.push({ do: 'again', plan: again });
    }
    this.#emitValue(plan, writer, reader, inner);
  }

  /**
   * Marks where a carried value begins and ends, looking into it where its bytes are used as they
   * are.
   */
  #carryOn(
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
        this.#lack(~slot, {
          is: describeType(writer),
          by: "the subject's latest schema has",
          needed,
        });
        plan.steps.push({ do: 'fail', error: UNRESOLVED });
        continue;
      }
      // Bytes of a default are not in the record's value, so they are handed over instead of being
      // pointed at.
      const asIs = this.#insideDefault ? (bytes: Buffer) => bytes : null;
      plan.steps.push({
        do: 'carry-end',
        slot,
        rewrite: isCopy(carryPlan) ? asIs : rewriteBy(carryPlan),
      });
    }
  }

  #emitValue(
    plan: DecodePlan,
    writer: SchemaNode,
    reader: SchemaNode,
    projected: ProjectionTree,
  ): void {
    if (writer.kind === 'union') {
      this.#emitUnion(plan, writer, reader, projected);
      return;
    }
    if (writer.kind === 'null') {
      this.#nullify(plan, projected);
      return;
    }
    const mine = this.#resolver.side(writer, reader)?.node;
    const ways = projected.fields.map((slot) => (into: DecodePlan) => {
      this.#reader.read(into, writer, mine, slot);
    });
    if (projected.children.size > 0) {
      ways.push((into) => {
        this.#emitChildren(into, writer, mine, projected);
      });
    }
    const last = ways.pop()!;
    for (const way of ways) {
      const again = emptyPlan();
      way(again);
      plan.steps.push({ do: 'again', plan: again });
    }
    last(plan);
  }

  /** A branch may lack what another one has; only what all of them lack is lacking. */
  #emitUnion(
    plan: DecodePlan,
    writer: UnionNode,
    reader: SchemaNode,
    projected: ProjectionTree,
  ): void {
    const outer = this.#lacking;
    const lacking: Map<number, WrongType | undefined>[] = [];
    const branches = writer.branches.map((branch) => {
      this.#lacking = new Map();
      const made = this.#plan(branch, reader, projected);
      if (branch.kind !== 'null') lacking.push(this.#lacking);
      return made;
    });
    this.#lacking = outer;
    for (const slot of lacking[0]?.keys() ?? []) {
      if (!lacking.every((slots) => slots.has(slot))) continue;
      const wrong = lacking.flatMap((slots) => slots.get(slot) ?? []);
      const is = [...new Set(wrong.map((one) => one.is))].join(' | ');
      this.#lack(slot, wrong[0] && { ...wrong[0], is });
    }
    append(plan, { do: 'union', branches }, leastOf(branches));
  }

  #emitChildren(
    plan: DecodePlan,
    writer: SchemaNode,
    reader: SchemaNode | undefined,
    projected: ProjectionTree,
  ): void {
    if (reader === undefined) {
      this.#unresolved(plan, writer, projected);
    } else if (writer.kind === 'record' && reader.kind === 'record') {
      this.#emitRecord(plan, writer, reader, projected);
    } else if (writer.kind === 'map' && reader.kind === 'map') {
      const wanted = [...projected.children].map(([step, child]) => ({
        key: Buffer.from(String(step)),
        plan: this.#part(writer.values, reader.values, [child]),
      }));
      append(
        plan,
        { do: 'entries', item: this.#skipper.item(writer.values), wanted, byKey: keyIndex(wanted) },
        1,
      );
    } else if (writer.kind === 'array' && reader.kind === 'array') {
      const wanted = [...byIndex(projected)].map(([index, children]) => ({
        index,
        plan: this.#part(writer.items, reader.items, children),
      }));
      append(plan, { do: 'elements', item: this.#skipper.item(writer.items), wanted }, 1);
      for (const [step, child] of projected.children)
        if (indexOf(step) === undefined) this.#lackAll(plan, child);
    } else {
      for (const child of projected.children.values()) this.#lackAll(plan, child);
      this.#skipper.skip(plan, writer);
    }
  }

  /**
   * An element or an entry. A key may stand in a map twice: the last one counts, and nothing is
   * left of the one before. An element may be wanted under two names, `a[0]` and `a.0`.
   */
  #part(
    writer: SchemaNode,
    reader: SchemaNode,
    projections: readonly ProjectionTree[],
  ): DecodePlan {
    const plan = emptyPlan();
    for (const slot of projections.flatMap(slotsOf))
      plan.steps.push({ do: 'mark', slot, state: ABSENT });
    for (const projected of projections.slice(1)) {
      plan.steps.push({ do: 'again', plan: this.#plan(writer, reader, projected) });
    }
    this.#emit(plan, writer, reader, projections[0]!);
    return plan;
  }

  /**
   * A path may name a field by an alias, which of the branches of a union one has and another has
   * as its name.
   */
  #emitRecord(
    plan: DecodePlan,
    writer: RecordNode,
    reader: RecordNode,
    projected: ProjectionTree,
  ): void {
    const children = new Map<FieldNode, ProjectionTree>();
    for (const [step, child] of projected.children) {
      const field = fieldOf(reader, String(step));
      if (field === undefined) this.#lackAll(plan, child);
      else children.set(field, children.has(field) ? both(children.get(field)!, child) : child);
    }
    const readers = new Map([...sourcesOf(writer, reader)].map(([mine, source]) => [source, mine]));
    for (const field of writer.fields) {
      const mine = readers.get(field);
      const child = mine && children.get(mine);
      if (mine === undefined || child === undefined) {
        this.#skipper.skip(plan, field.node);
      } else {
        children.delete(mine);
        this.#emit(plan, field.node, mine.node, child);
      }
    }
    for (const [field, child] of children) this.#default(plan, field, child);
  }

  #default(plan: DecodePlan, field: FieldNode, projected: ProjectionTree): void {
    if (field.defaultBytes === undefined) {
      this.#lackAll(plan, projected);
      return; // the columns' rows stay ABSENT
    }
    this.#insideDefault = true;
    const inner = this.#plan(field.node, field.node, projected);
    this.#insideDefault = false;
    plan.steps.push({ do: 'default', bytes: field.defaultBytes, plan: inner });
  }

  /** A value of a type that the reader does not have, below which something is wanted. */
  #unresolved(plan: DecodePlan, writer: SchemaNode, projected: ProjectionTree): void {
    const wrong = {
      is: describeType(writer),
      by: "the subject's latest schema has",
      needed: 'another type',
    };
    for (const slot of [...projected.children.values()].flatMap(slotsOf)) {
      if (!this.#projection.get(slot)!.optional) this.#lack(slot, wrong);
      plan.steps.push({ do: 'mark', slot, state: MISMATCH });
    }
    for (const slot of [...projected.children.values()].flatMap(carriesOf)) {
      this.#lack(~slot, wrong);
      plan.steps.push({ do: 'fail', error: UNRESOLVED });
    }
    this.#skipper.skip(plan, writer);
  }

  #lackAll(plan: DecodePlan, projected: ProjectionTree): void {
    for (const slot of slotsOf(projected))
      if (!this.#projection.get(slot)!.optional) this.#lack(slot);
    for (const slot of carriesOf(projected)) {
      this.#lack(~slot);
      plan.steps.push({ do: 'fail', error: LACKING });
    }
  }

  /** Carried fields have the numbers below 0. */
  #lack(slot: number, wrong?: WrongType): void {
    if (this.#lacking !== undefined) this.#lacking.set(slot, wrong);
    else
      throw new UnsatisfiedField(
        (slot < 0 ? this.#carry[~slot]! : this.#projection.get(slot)!).path,
        wrong,
      );
  }

  #nullify(plan: DecodePlan, projected: ProjectionTree): void {
    for (const slot of slotsOf(projected)) plan.steps.push({ do: 'mark', slot, state: NULL });
    for (const slot of carriesOf(projected)) {
      const { nullBytes: bytes } = this.#carry[slot]!;
      if (bytes === null) {
        this.#lack(~slot);
        plan.steps.push({ do: 'fail', error: UNRESOLVED });
      } else {
        plan.steps.push({ do: 'carry-bytes', slot, bytes });
      }
    }
  }
}

/** What is wanted of an array's elements, in the order of their index. */
function byIndex({ children }: ProjectionTree): [number, ProjectionTree[]][] {
  const found = new Map<number, ProjectionTree[]>();
  for (const [step, child] of children) {
    const index = indexOf(step);
    if (index !== undefined) found.set(index, [...(found.get(index) ?? []), child]);
  }
  return [...found].toSorted(([a], [b]) => a - b);
}
