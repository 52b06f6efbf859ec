import { ABSENT, NULL, type Needs } from '../flow/events.ts';
import { indexOf, type PathStep } from '../flow/path.ts';
import type { RecordShape, Shape, UnionShape } from '../flow/shape.ts';
import { carryRewrite } from './carry-rewrite.ts';
import { append, emptyProgram, type Program, type Step } from './program.ts';
import { readerField } from './reader-field.ts';
import { Skipper } from './skipper.ts';
import { ValueReader, type WrongType } from './value-reader.ts';
import { carriesOf, isEmpty, slotsOf, wantOf, type Want } from './want.ts';

export interface CarryTarget {
  readonly path: string;
  /** The type in the output; its own null branch, if any, stands for a null parent. */
  readonly shape: Shape;
  /** Bytes that stand for "a record on the way was null". */
  readonly nullBytes: Buffer | null;
}

/** Why no record of a writer's schema can give a needed value: it has none, or one of another type. */
export class UnsatisfiedField extends Error {
  readonly code: 'FIELD_MISSING' | 'FIELD_TYPE';

  constructor(path: string, wrong?: WrongType) {
    super(
      wrong === undefined
        ? `the writer's schema has no field ${path}, and the subject's latest schema gives no default`
        : `the writer's field ${path} is ${wrong.is}, and the model needs ${wrong.needs}`,
    );
    this.code = wrong === undefined ? 'FIELD_MISSING' : 'FIELD_TYPE';
  }
}

/**
 * Compiles the program for a writer's schema.
 *
 * Evolution: paths are those of the reader's schema. A needed field that the writer does not have takes the reader's
 * default; where there is none, or where the writer's is of a type of no use, this throws UnsatisfiedField.
 */
export function compile(writer: Shape, reader: Shape, fields: Needs['fields'], carry: readonly CarryTarget[]): Program {
  return new Compiler(fields, carry).compile(writer, reader);
}

class Compiler {
  readonly #needs: Needs['fields'];
  readonly #carry: readonly CarryTarget[];
  readonly #skipper = new Skipper();
  readonly #reader: ValueReader;
  #insideDefault = false;
  /** Required fields that a branch of a union lacks or has in another type; undefined outside of unions, where lacking one is final. */
  #lacking: Map<number, WrongType | undefined> | undefined;

  constructor(needs: Needs['fields'], carry: readonly CarryTarget[]) {
    this.#needs = needs;
    this.#carry = carry;
    this.#reader = new ValueReader(needs, this.#skipper, (slot, wrong) => {
      if (!needs[slot]!.optional) this.#lack(slot, wrong);
    });
  }

  compile(writer: Shape, reader: Shape): Program {
    return this.#program(writer, reader, wantOf(this.#needs, this.#carry));
  }

  #program(writer: Shape, reader: Shape, want: Want): Program {
    const program = emptyProgram();
    this.#emit(program, writer, reader, want);
    return program;
  }

  #emit(program: Program, writer: Shape, reader: Shape, want: Want): void {
    if (isEmpty(want)) {
      this.#skipper.skip(program, writer);
      return;
    }
    for (const slot of want.carries) program.steps.push({ do: 'carry-start', slot });
    const inner = { ...want, carries: [] };
    if (isEmpty(inner)) this.#skipper.skip(program, writer);
    else this.#emitValue(program, writer, reader, inner);
    for (const slot of want.carries) program.steps.push(this.#carryEnd(slot, writer));
  }

  #emitValue(program: Program, writer: Shape, reader: Shape, want: Want): void {
    if (writer.kind === 'union') {
      this.#emitUnion(program, writer, reader, want);
      return;
    }
    if (writer.kind === 'null') {
      this.#nullify(program, want);
      return;
    }
    const mine = matchBranch(writer, reader);
    const ways = want.fields.map((slot) => (into: Program) => {
      this.#reader.read(into, writer, mine, slot);
    });
    if (want.children.size > 0) {
      ways.push((into) => {
        this.#emitChildren(into, writer, mine, want);
      });
    }
    const last = ways.pop()!;
    for (const way of ways) {
      const again = emptyProgram();
      way(again);
      program.steps.push({ do: 'again', program: again });
    }
    last(program);
  }

  /** A branch may lack what another one has; only what all of them lack is lacking. */
  #emitUnion(program: Program, writer: UnionShape, reader: Shape, want: Want): void {
    const outer = this.#lacking;
    const lacking: Map<number, WrongType | undefined>[] = [];
    const branches = writer.branches.map((branch) => {
      this.#lacking = new Map();
      const made = this.#program(branch, matchBranch(branch, reader), want);
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
    append(program, { do: 'union', branches }, 1 + Math.min(...branches.map((branch) => branch.minBytes)));
  }

  #emitChildren(program: Program, writer: Shape, reader: Shape, want: Want): void {
    if (writer.kind === 'record' && reader.kind === 'record') {
      this.#emitRecord(program, writer, reader, want);
      return;
    }
    if (writer.kind === 'map' && reader.kind === 'map') {
      const wanted = [...want.children].map(([step, child]) => ({
        key: Buffer.from(String(step)),
        program: this.#part(writer.values, reader.values, [child]),
      }));
      append(program, { do: 'entries', item: this.#skipper.item(writer.values), wanted }, 1);
    } else if (writer.kind === 'array' && reader.kind === 'array') {
      const wanted = [...byIndex(want)].map(([index, children]) => ({
        index,
        program: this.#part(writer.items, reader.items, children),
      }));
      append(program, { do: 'elements', item: this.#skipper.item(writer.items), wanted }, 1);
      for (const [step, child] of want.children) if (indexOf(step) === undefined) this.#lackAll(child);
    } else {
      for (const child of want.children.values()) this.#lackAll(child);
      this.#skipper.skip(program, writer);
    }
  }

  /**
   * An element or an entry. A key may stand in a map twice: the last one counts, and nothing is left of the one before.
   * An element may be wanted under two names, `a[0]` and `a.0`.
   */
  #part(writer: Shape, reader: Shape, wants: readonly Want[]): Program {
    const program = emptyProgram();
    for (const slot of wants.flatMap(slotsOf)) program.steps.push({ do: 'mark', slot, state: ABSENT });
    for (const want of wants.slice(1)) {
      program.steps.push({ do: 'again', program: this.#program(writer, reader, want) });
    }
    this.#emit(program, writer, reader, wants[0]!);
    return program;
  }

  #emitRecord(program: Program, writer: RecordShape, reader: RecordShape, want: Want): void {
    const used = new Set<PathStep>();
    for (const field of writer.fields) {
      const mine = readerField(reader, field, writer);
      const child = mine === undefined ? undefined : want.children.get(mine.name);
      if (mine === undefined || child === undefined || used.has(mine.name)) {
        this.#skipper.skip(program, field.shape);
      } else {
        used.add(mine.name);
        this.#emit(program, field.shape, mine.shape, child);
      }
    }
    for (const [name, child] of want.children) {
      if (!used.has(name)) this.#default(program, reader, name, child);
    }
  }

  #default(program: Program, reader: RecordShape, name: PathStep, want: Want): void {
    const field = reader.fields.find((candidate) => candidate.name === name);
    if (field?.defaultBytes === undefined) {
      this.#lackAll(want);
      return; // the columns' rows stay ABSENT
    }
    this.#insideDefault = true;
    const inner = this.#program(field.shape, field.shape, want);
    this.#insideDefault = false;
    program.steps.push({ do: 'default', bytes: field.defaultBytes, program: inner });
  }

  #lackAll(want: Want): void {
    const [carried] = carriesOf(want);
    if (carried !== undefined) throw new UnsatisfiedField(this.#carry[carried]!.path);
    for (const slot of slotsOf(want)) if (!this.#needs[slot]!.optional) this.#lack(slot);
  }

  #lack(slot: number, wrong?: WrongType): void {
    if (this.#lacking === undefined) throw new UnsatisfiedField(this.#needs[slot]!.path, wrong);
    this.#lacking.set(slot, wrong);
  }

  #nullify(program: Program, want: Want): void {
    for (const slot of slotsOf(want)) program.steps.push({ do: 'mark', slot, state: NULL });
    for (const slot of carriesOf(want)) {
      const { nullBytes: bytes, path } = this.#carry[slot]!;
      if (bytes === null) throw new Error(`${path} may be missing below a null in it, and may not in the latest`);
      program.steps.push({ do: 'carry-bytes', slot, bytes });
    }
  }

  #carryEnd(slot: number, writer: Shape): Step {
    const target = this.#carry[slot]!.shape;
    // Bytes of a default are not in the record's value, so they are handed over instead of being pointed at.
    const asIs = this.#insideDefault ? (bytes: Buffer) => bytes : null;
    return { do: 'carry-end', slot, rewrite: carryRewrite(writer, target) ?? asIs };
  }
}

/** What is wanted of an array's elements, in the order of their index. */
function byIndex({ children }: Want): [number, Want[]][] {
  const found = new Map<number, Want[]>();
  for (const [step, child] of children) {
    const index = indexOf(step);
    if (index !== undefined) found.set(index, [...(found.get(index) ?? []), child]);
  }
  return [...found].toSorted(([a], [b]) => a - b);
}

/** The reader's side of one branch: the branch of the same kind and name, or the reader itself. */
function matchBranch(writer: Shape, reader: Shape): Shape {
  if (reader.kind !== 'union') return reader;
  return (
    reader.branches.find((branch) => branch.kind === writer.kind && nameOf(branch) === nameOf(writer)) ??
    reader.branches.find((branch) => branch.kind === writer.kind) ??
    writer
  );
}

const nameOf = (shape: Shape): string => ('name' in shape ? shape.name : '');
