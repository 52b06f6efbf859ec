import { ABSENT, MISMATCH, NULL, type Projection } from '../flow/events.ts';
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
import { both, carriesOf, isEmpty, slotsOf, projectionTree, type ProjectionTree } from './projection-tree.ts';

export interface CarryTarget {
  readonly path: string;
  /** The type in the output; its own null branch, if any, stands for a null parent. */
  readonly shape: SchemaNode;
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
        : `the writer's field ${path} is ${wrong.is}, and ${wrong.by ?? 'the model needs'} ${wrong.projection}`,
    );
    this.code = wrong === undefined ? 'FIELD_MISSING' : 'FIELD_TYPE';
  }
}

/**
 * Compiles the program for a writer's schema.
 *
 * Evolution: paths are those of the reader's schema. A needed field that the writer does not have
 * takes the reader's default; where there is none, or where the writer's is of a type of no use,
 * this throws UnsatisfiedField.
 */
export function compile(
  writer: SchemaNode,
  reader: SchemaNode,
  fields: Projection['fields'],
  carry: readonly CarryTarget[],
): DecodePlan {
  return new Compiler(fields, carry).compile(writer, reader);
}

class Compiler {
  readonly #projection: Projection['fields'];
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

  constructor(projection: Projection['fields'], carry: readonly CarryTarget[]) {
    this.#projection = projection;
    this.#carry = carry;
    this.#reader = new ValueReader(projection, this.#skipper, this.#resolver, (slot, wrong) => {
      if (!projection[slot]!.optional) this.#lack(slot, wrong);
    });
  }

  compile(writer: SchemaNode, reader: SchemaNode): DecodePlan {
    return this.#program(writer, reader, projectionTree(this.#projection, this.#carry));
  }

  #program(writer: SchemaNode, reader: SchemaNode, want: ProjectionTree): DecodePlan {
    const program = emptyPlan();
    this.#emit(program, writer, reader, want);
    return program;
  }

  #emit(program: DecodePlan, writer: SchemaNode, reader: SchemaNode, want: ProjectionTree): void {
    if (isEmpty(want)) {
      this.#skipper.skip(program, writer);
      return;
    }
    const inner = { ...want, carries: [] };
    if (isEmpty(inner)) {
      this.#carryOn(program, writer, reader, want.carries);
      return;
    }
    if (want.carries.length > 0) {
      const again = emptyPlan();
      this.#carryOn(again, writer, reader, want.carries);
      program.steps.push({ do: 'again', program: again });
    }
    this.#emitValue(program, writer, reader, inner);
  }

  /**
   * Marks where a carried value begins and ends, looking into it where its bytes are used as they
   * are.
   */
  #carryOn(program: DecodePlan, writer: SchemaNode, reader: SchemaNode, slots: readonly number[]): void {
    const plans = slots.map((slot) =>
      this.#planner.carried(writer, reader, this.#carry[slot]!.shape),
    );
    for (const slot of slots) program.steps.push({ do: 'carry-start', slot });
    (plans.some(isCopy) ? this.#checker : this.#skipper).skip(program, writer);
    for (const [i, plan] of plans.entries()) {
      const slot = slots[i]!;
      if (isHopeless(plan)) {
        const projection = describeType(this.#carry[slot]!.shape);
        this.#lack(~slot, {
          is: describeType(writer),
          by: "the subject's latest schema has",
          projection,
        });
        program.steps.push({ do: 'fail', error: UNRESOLVED });
        continue;
      }
      // Bytes of a default are not in the record's value, so they are handed over instead of being
      // pointed at.
      const asIs = this.#insideDefault ? (bytes: Buffer) => bytes : null;
      program.steps.push({ do: 'carry-end', slot, rewrite: isCopy(plan) ? asIs : rewriteBy(plan) });
    }
  }

  #emitValue(program: DecodePlan, writer: SchemaNode, reader: SchemaNode, want: ProjectionTree): void {
    if (writer.kind === 'union') {
      this.#emitUnion(program, writer, reader, want);
      return;
    }
    if (writer.kind === 'null') {
      this.#nullify(program, want);
      return;
    }
    const mine = this.#resolver.side(writer, reader)?.shape;
    const ways = want.fields.map((slot) => (into: DecodePlan) => {
      this.#reader.read(into, writer, mine, slot);
    });
    if (want.children.size > 0) {
      ways.push((into) => {
        this.#emitChildren(into, writer, mine, want);
      });
    }
    const last = ways.pop()!;
    for (const way of ways) {
      const again = emptyPlan();
      way(again);
      program.steps.push({ do: 'again', program: again });
    }
    last(program);
  }

  /** A branch may lack what another one has; only what all of them lack is lacking. */
  #emitUnion(program: DecodePlan, writer: UnionNode, reader: SchemaNode, want: ProjectionTree): void {
    const outer = this.#lacking;
    const lacking: Map<number, WrongType | undefined>[] = [];
    const branches = writer.branches.map((branch) => {
      this.#lacking = new Map();
      const made = this.#program(branch, reader, want);
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
    append(program, { do: 'union', branches }, leastOf(branches));
  }

  #emitChildren(program: DecodePlan, writer: SchemaNode, reader: SchemaNode | undefined, want: ProjectionTree): void {
    if (reader === undefined) {
      this.#unresolved(program, writer, want);
    } else if (writer.kind === 'record' && reader.kind === 'record') {
      this.#emitRecord(program, writer, reader, want);
    } else if (writer.kind === 'map' && reader.kind === 'map') {
      const wanted = [...want.children].map(([step, child]) => ({
        key: Buffer.from(String(step)),
        program: this.#part(writer.values, reader.values, [child]),
      }));
      append(
        program,
        { do: 'entries', item: this.#skipper.item(writer.values), wanted, byKey: keyIndex(wanted) },
        1,
      );
    } else if (writer.kind === 'array' && reader.kind === 'array') {
      const wanted = [...byIndex(want)].map(([index, children]) => ({
        index,
        program: this.#part(writer.items, reader.items, children),
      }));
      append(program, { do: 'elements', item: this.#skipper.item(writer.items), wanted }, 1);
      for (const [step, child] of want.children)
        if (indexOf(step) === undefined) this.#lackAll(program, child);
    } else {
      for (const child of want.children.values()) this.#lackAll(program, child);
      this.#skipper.skip(program, writer);
    }
  }

  /**
   * An element or an entry. A key may stand in a map twice: the last one counts, and nothing is
   * left of the one before. An element may be wanted under two names, `a[0]` and `a.0`.
   */
  #part(writer: SchemaNode, reader: SchemaNode, wants: readonly ProjectionTree[]): DecodePlan {
    const program = emptyPlan();
    for (const slot of wants.flatMap(slotsOf))
      program.steps.push({ do: 'mark', slot, state: ABSENT });
    for (const want of wants.slice(1)) {
      program.steps.push({ do: 'again', program: this.#program(writer, reader, want) });
    }
    this.#emit(program, writer, reader, wants[0]!);
    return program;
  }

  /**
   * A path may name a field by an alias, which of the branches of a union one has and another has
   * as its name.
   */
  #emitRecord(program: DecodePlan, writer: RecordNode, reader: RecordNode, want: ProjectionTree): void {
    const children = new Map<FieldNode, ProjectionTree>();
    for (const [step, child] of want.children) {
      const field = fieldOf(reader, String(step));
      if (field === undefined) this.#lackAll(program, child);
      else children.set(field, children.has(field) ? both(children.get(field)!, child) : child);
    }
    const readers = new Map([...sourcesOf(writer, reader)].map(([mine, source]) => [source, mine]));
    for (const field of writer.fields) {
      const mine = readers.get(field);
      const child = mine && children.get(mine);
      if (mine === undefined || child === undefined) {
        this.#skipper.skip(program, field.shape);
      } else {
        children.delete(mine);
        this.#emit(program, field.shape, mine.shape, child);
      }
    }
    for (const [field, child] of children) this.#default(program, field, child);
  }

  #default(program: DecodePlan, field: FieldNode, want: ProjectionTree): void {
    if (field.defaultBytes === undefined) {
      this.#lackAll(program, want);
      return; // the columns' rows stay ABSENT
    }
    this.#insideDefault = true;
    const inner = this.#program(field.shape, field.shape, want);
    this.#insideDefault = false;
    program.steps.push({ do: 'default', bytes: field.defaultBytes, program: inner });
  }

  /** A value of a type that the reader does not have, below which something is wanted. */
  #unresolved(program: DecodePlan, writer: SchemaNode, want: ProjectionTree): void {
    const wrong = {
      is: describeType(writer),
      by: "the subject's latest schema has",
      projection: 'another type',
    };
    for (const slot of [...want.children.values()].flatMap(slotsOf)) {
      if (!this.#projection[slot]!.optional) this.#lack(slot, wrong);
      program.steps.push({ do: 'mark', slot, state: MISMATCH });
    }
    for (const slot of [...want.children.values()].flatMap(carriesOf)) {
      this.#lack(~slot, wrong);
      program.steps.push({ do: 'fail', error: UNRESOLVED });
    }
    this.#skipper.skip(program, writer);
  }

  #lackAll(program: DecodePlan, want: ProjectionTree): void {
    for (const slot of slotsOf(want)) if (!this.#projection[slot]!.optional) this.#lack(slot);
    for (const slot of carriesOf(want)) {
      this.#lack(~slot);
      program.steps.push({ do: 'fail', error: LACKING });
    }
  }

  /** Carried fields have the numbers below 0. */
  #lack(slot: number, wrong?: WrongType): void {
    if (this.#lacking !== undefined) this.#lacking.set(slot, wrong);
    else
      throw new UnsatisfiedField((slot < 0 ? this.#carry[~slot]! : this.#projection[slot]!).path, wrong);
  }

  #nullify(program: DecodePlan, want: ProjectionTree): void {
    for (const slot of slotsOf(want)) program.steps.push({ do: 'mark', slot, state: NULL });
    for (const slot of carriesOf(want)) {
      const { nullBytes: bytes } = this.#carry[slot]!;
      if (bytes === null) {
        this.#lack(~slot);
        program.steps.push({ do: 'fail', error: UNRESOLVED });
      } else {
        program.steps.push({ do: 'carry-bytes', slot, bytes });
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
