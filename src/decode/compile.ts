import { MISMATCH, NULL, type Needs } from '../flow/events.ts';
import type { FieldShape, RecordShape, Shape } from '../flow/shape.ts';
import { carryRewrite } from './carry-rewrite.ts';
import { append, emptyProgram, MIN_BYTES, type Program, type Step } from './program.ts';
import { Skipper } from './skipper.ts';

export interface CarryTarget {
  readonly path: string;
  /** The type in the output; its own null branch, if any, stands for a null parent. */
  readonly shape: Shape;
  /** Bytes that stand for "a record on the way was null". */
  readonly nullBytes: Buffer | null;
}

/** What is wanted of the value at one place of the schema. */
interface Want {
  fields: number[];
  carries: number[];
  children: Map<string, Want>;
}

export class UnsatisfiedField extends Error {
  readonly path: string;

  constructor(path: string) {
    super(`the writer's schema has no field ${path}, and the subject's latest schema gives no default`);
    this.path = path;
  }
}

/**
 * Compiles the program for a writer's schema.
 *
 * Evolution: paths are those of the reader's schema. A needed field that the writer does not have takes the reader's
 * default; where there is none, this throws UnsatisfiedField. `fields` name each path once.
 */
export function compile(writer: Shape, reader: Shape, fields: Needs['fields'], carry: readonly CarryTarget[]): Program {
  return new Compiler(fields, carry).compile(writer, reader);
}

class Compiler {
  readonly #needs: Needs['fields'];
  readonly #carry: readonly CarryTarget[];
  readonly #skipper = new Skipper();
  #insideDefault = false;

  constructor(needs: Needs['fields'], carry: readonly CarryTarget[]) {
    this.#needs = needs;
    this.#carry = carry;
  }

  compile(writer: Shape, reader: Shape): Program {
    const root = emptyWant();
    this.#needs.forEach((need, slot) => at(root, need.path).fields.push(slot));
    this.#carry.forEach((carry, slot) => at(root, carry.path).carries.push(slot));
    return this.#program(writer, reader, root, '');
  }

  #program(writer: Shape, reader: Shape, want: Want, path: string): Program {
    const program = emptyProgram();
    this.#emit(program, writer, reader, want, path);
    return program;
  }

  #emit(program: Program, writer: Shape, reader: Shape, want: Want, path: string): void {
    if (isEmpty(want)) {
      this.#skipper.skip(program, writer);
      return;
    }
    for (const slot of want.carries) program.steps.push({ do: 'carry-start', slot });
    const inner = { ...want, carries: [] };
    if (isEmpty(inner)) this.#skipper.skip(program, writer);
    else this.#emitValue(program, writer, reader, inner, path);
    for (const slot of want.carries) program.steps.push(this.#carryEnd(slot, writer));
  }

  #emitValue(program: Program, writer: Shape, reader: Shape, want: Want, path: string): void {
    if (writer.kind === 'union') {
      const branches = writer.branches.map((branch) => this.#program(branch, matchBranch(branch, reader), want, path));
      append(program, { do: 'union', branches }, 1 + Math.min(...branches.map((branch) => branch.minBytes)));
      return;
    }
    if (writer.kind === 'null') {
      this.#nullify(program, want);
      return;
    }
    if (writer.kind === 'record' && want.fields.length === 0) {
      this.#emitRecord(program, writer, matchBranch(writer, reader), want, path);
      return;
    }
    const [slot] = want.fields;
    if (slot === undefined) throw new UnsatisfiedField(path); // a step further into something that is no record
    this.#read(program, writer, slot);
  }

  #emitRecord(program: Program, writer: RecordShape, reader: Shape, want: Want, path: string): void {
    if (reader.kind !== 'record') throw new UnsatisfiedField(path);
    const used = new Set<string>();
    for (const field of writer.fields) {
      const mine = readerField(reader, field, writer);
      const child = mine === undefined ? undefined : want.children.get(mine.name);
      if (mine === undefined || child === undefined || used.has(mine.name)) {
        this.#skipper.skip(program, field.shape);
      } else {
        used.add(mine.name);
        this.#emit(program, field.shape, mine.shape, child, join(path, mine.name));
      }
    }
    for (const [name, child] of want.children) {
      if (!used.has(name)) this.#default(program, reader, name, child, path);
    }
  }

  #default(program: Program, reader: RecordShape, name: string, want: Want, path: string): void {
    const field = reader.fields.find((candidate) => candidate.name === name);
    if (field?.defaultBytes === undefined) {
      const unsatisfied = this.#required(want, join(path, name));
      if (unsatisfied !== undefined) throw new UnsatisfiedField(unsatisfied);
      return; // the columns' rows stay ABSENT
    }
    this.#insideDefault = true;
    const inner = this.#program(field.shape, field.shape, want, join(path, name));
    this.#insideDefault = false;
    program.steps.push({ do: 'default', bytes: field.defaultBytes, program: inner });
  }

  /** The first path below `want` that an event cannot be without. */
  #required(want: Want, path: string): string | undefined {
    if (want.carries.length > 0 || want.fields.some((slot) => !this.#needs[slot]!.optional)) return path;
    for (const [name, child] of want.children) {
      const found = this.#required(child, join(path, name));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #nullify(program: Program, want: Want): void {
    for (const slot of want.fields) program.steps.push({ do: 'mark', slot, state: NULL });
    for (const slot of want.carries) {
      const { nullBytes: bytes, path } = this.#carry[slot]!;
      if (bytes === null) throw new Error(`${path} may be missing below a null in it, and may not in the latest`);
      program.steps.push({ do: 'carry-bytes', slot, bytes });
    }
    for (const child of want.children.values()) this.#nullify(program, child);
  }

  #read(program: Program, writer: Shape, slot: number): void {
    const as = this.#needs[slot]!.as;
    switch (writer.kind) {
      case 'double':
      case 'float':
      case 'int':
      case 'long':
      case 'boolean':
        if (as === 'number') {
          append(program, numberStep(writer.kind, slot), MIN_BYTES[writer.kind]);
          return;
        }
        break;
      case 'string':
        if (as === 'text') {
          append(program, { do: 'read-text', slot }, 1);
          return;
        }
        break;
      case 'enum':
        if (as === 'text') {
          append(program, { do: 'read-symbol', slot, symbols: writer.symbols }, 1);
          return;
        }
        break;
      default:
    }
    program.steps.push({ do: 'mark', slot, state: MISMATCH });
    this.#skipper.skip(program, writer);
  }

  #carryEnd(slot: number, writer: Shape): Step {
    const target = this.#carry[slot]!.shape;
    // Bytes of a default are not in the record's value, so they are handed over instead of being pointed at.
    const asIs = this.#insideDefault ? (bytes: Buffer) => bytes : null;
    return { do: 'carry-end', slot, rewrite: carryRewrite(writer, target) ?? asIs };
  }
}

function numberStep(kind: keyof typeof MIN_BYTES, slot: number): Step {
  if (kind === 'int' || kind === 'long') return { do: 'read-long', slot };
  return { do: `read-${kind}`, slot };
}

function emptyWant(): Want {
  return { fields: [], carries: [], children: new Map() };
}

function isEmpty(want: Want): boolean {
  return want.fields.length === 0 && want.carries.length === 0 && want.children.size === 0;
}

function at(root: Want, path: string): Want {
  let want = root;
  for (const step of path.split('.')) {
    let next = want.children.get(step);
    if (next === undefined) want.children.set(step, (next = emptyWant()));
    want = next;
  }
  return want;
}

const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

/** The reader's field of that name, or with that alias where the writer has no field of the new name itself. */
function readerField(reader: RecordShape, field: FieldShape, writer: RecordShape): FieldShape | undefined {
  const has = (name: string): boolean => writer.fields.some((candidate) => candidate.name === name);
  return (
    reader.fields.find(({ name }) => name === field.name) ??
    reader.fields.find(({ name, aliases }) => aliases.includes(field.name) && !has(name))
  );
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
