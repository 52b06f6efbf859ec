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
import { CarrySteps, type CarryTarget } from './carry-steps.ts';
import { append, emptyPlan, keyIndex, leastOf, type DecodePlan } from './decode-plan.ts';
import { Lacking } from './lacking.ts';
import { Resolver, sourcesOf } from './resolve.ts';
import { SkipPlan } from './skip-plan.ts';
import { ValueReader } from './value-reader.ts';
import {
  both,
  byIndex,
  carriesOf,
  isEmpty,
  slotsOf,
  projectionTree,
  type ProjectionTree,
} from './projection-tree.ts';

/**
 * Compiles the plan for a writer's schema.
 *
 * Schema evolution: paths are those of the reader's schema. A field that the writer lacks takes the
 * reader's default. Without a default, or if the writer's type cannot be used, this throws
 * UnsatisfiedField.
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
  readonly #resolver = new Resolver();
  readonly #lacking: Lacking;
  readonly #carrySteps: CarrySteps;
  readonly #reader: ValueReader;

  constructor(projection: View, carry: readonly CarryTarget[]) {
    this.#projection = projection;
    this.#carry = carry;
    this.#lacking = new Lacking(projection, carry);
    this.#carrySteps = new CarrySteps(carry, this.#resolver, this.#skipper, this.#lacking);
    this.#reader = new ValueReader(projection, this.#skipper, this.#resolver, (slot, wrong) => {
      this.#lacking.field(slot, wrong);
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
      this.#carrySteps.carryOn(plan, writer, reader, projected.carries);
      return;
    }
    if (projected.carries.length > 0) {
      const again = emptyPlan();
      this.#carrySteps.carryOn(again, writer, reader, projected.carries);
      plan.steps.push({ do: 'again', plan: again });
    }
    this.#emitValue(plan, writer, reader, inner);
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

  #emitUnion(
    plan: DecodePlan,
    writer: UnionNode,
    reader: SchemaNode,
    projected: ProjectionTree,
  ): void {
    const branches = this.#lacking.ofBranches(writer.branches, (branch) =>
      this.#plan(branch, reader, projected),
    );
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
      const wanted = byIndex(projected).map(([index, children]) => ({
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
   * An element or an entry. A map may have the same key twice: the last one counts, and the earlier
   * one is discarded. An element may be requested under two names, `a[0]` and `a.0`.
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
   * A path may name a field by an alias. In a union, one branch may have it as an alias and another
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
      return; // the rows of these columns stay ABSENT
    }
    const inner = this.#carrySteps.insideDefault(() =>
      this.#plan(field.node, field.node, projected),
    );
    plan.steps.push({ do: 'default', bytes: field.defaultBytes, plan: inner });
  }

  /** A value of a type that the reader does not have, although something below it is needed. */
  #unresolved(plan: DecodePlan, writer: SchemaNode, projected: ProjectionTree): void {
    const wrong = {
      is: describeType(writer),
      by: "the subject's latest schema has",
      needed: 'another type',
    };
    const children = [...projected.children.values()];
    for (const slot of children.flatMap(slotsOf)) {
      this.#lacking.field(slot, wrong);
      plan.steps.push({ do: 'mark', slot, state: MISMATCH });
    }
    this.#carrySteps.unresolved(plan, children.flatMap(carriesOf), wrong);
    this.#skipper.skip(plan, writer);
  }

  #lackAll(plan: DecodePlan, projected: ProjectionTree): void {
    for (const slot of slotsOf(projected)) this.#lacking.field(slot);
    this.#carrySteps.lack(plan, carriesOf(projected));
  }

  #nullify(plan: DecodePlan, projected: ProjectionTree): void {
    for (const slot of slotsOf(projected)) plan.steps.push({ do: 'mark', slot, state: NULL });
    this.#carrySteps.nullify(plan, carriesOf(projected));
  }
}
