import { MISMATCH, NULL, type FieldNeed } from '../flow/events.ts';
import { describeShape, withoutNull, type ArrayShape, type RecordShape, type Shape } from '../flow/shape.ts';
import { timeFactor } from '../flow/time-unit.ts';
import { append, emptyProgram, MIN_BYTES, type Program, type Step } from './program.ts';
import { readerField } from './reader-field.ts';
import type { Skipper } from './skipper.ts';

/** A type that is of no use, and what would be; for people. */
export interface WrongType {
  readonly is: string;
  readonly needs: string;
}

const NEEDS: Readonly<Record<FieldNeed['as'], string>> = {
  number: 'a number',
  long: 'a whole number',
  text: 'a text',
  length: 'something that has a length',
  vector: 'an array',
};

/** What is left of a vector at one depth: the dimensions below, none where a number stands. */
interface VectorPart {
  readonly slot: number;
  readonly dims: readonly number[];
  readonly fields: readonly string[] | undefined;
}

/** Adds the steps that read one value, other than null, into one column; what is of another type is marked so. */
export class ValueReader {
  readonly #needs: readonly FieldNeed[];
  readonly #skipper: Skipper;
  readonly #onWrong: (slot: number, wrong: WrongType) => void;

  constructor(needs: readonly FieldNeed[], skipper: Skipper, onWrong: (slot: number, wrong: WrongType) => void) {
    this.#onWrong = onWrong;
    this.#needs = needs;
    this.#skipper = skipper;
  }

  read(program: Program, writer: Shape, reader: Shape, slot: number): void {
    const { as, size, dims, fields } = this.#needs[slot]!;
    if (as === 'vector') {
      if (writer.kind === 'array') this.#vector(program, writer, reader, { slot, dims: dims ?? [size!], fields });
      else this.#mismatch(program, writer, slot);
      return;
    }
    const found = this.#stepOf(as, writer, reader, slot);
    if (found === undefined) this.#mismatch(program, writer, slot);
    else append(program, found, leastBytes(writer));
  }

  #stepOf(as: FieldNeed['as'], writer: Shape, reader: Shape, slot: number): Step | undefined {
    switch (as) {
      case 'text':
        return textStep(writer, slot);
      case 'length':
        return this.#lengthStep(writer, slot);
      case 'long':
        if (writer.kind !== 'int' && writer.kind !== 'long') return undefined;
        return { do: 'read-int64', slot, factor: timeFactor(writer, reader) };
      default:
        return numberStep(writer, reader, slot);
    }
  }

  #lengthStep(writer: Shape, slot: number): Step | undefined {
    switch (writer.kind) {
      case 'array':
        return { do: 'read-count', slot, item: this.#skipper.item(writer.items), keys: 0 };
      case 'map':
        return { do: 'read-count', slot, item: this.#skipper.item(writer.values), keys: 1 };
      case 'string':
        return { do: 'read-characters', slot };
      case 'bytes':
        return writer.logical === 'decimal' ? undefined : { do: 'read-size', slot };
      default:
        return undefined;
    }
  }

  /** An array of numbers, or of `dims` arrays in arrays. */
  #vector(program: Program, writer: ArrayShape, reader: Shape, into: VectorPart): void {
    const { slot, dims } = into;
    const [size, ...inner] = dims as [number, ...number[]];
    const width = product(inner);
    const target = reader.kind === 'array' ? reader.items : writer.items;
    const item = emptyProgram();
    this.#element(item, writer.items, target, { ...into, dims: inner });
    const rest = this.#skipper.item(writer.items);
    const step = inner.length === 0 ? ({ do: 'read-vector', slot, size, item, rest } as const) : ({ do: 'read-rows', slot, size, width, item, rest } as const); // prettier-ignore
    append(program, step, 1);
  }

  /** One element of a vector, which may be null or of several types. */
  #element(program: Program, writer: Shape, reader: Shape, part: VectorPart): void {
    if (writer.kind === 'union') {
      const branches = writer.branches.map((branch) => {
        const inner = emptyProgram();
        this.#element(inner, branch, withoutNull(reader), part);
        return inner;
      });
      append(program, { do: 'union', branches }, 1 + Math.min(...branches.map((branch) => branch.minBytes)));
      return;
    }
    const { slot, dims, fields } = part;
    const step = dims.length === 0 ? numberStep(writer, reader, slot) : undefined;
    if (step !== undefined) append(program, step, leastBytes(writer));
    else if (dims.length === 1 && fields !== undefined && writer.kind === 'record') {
      this.#record(program, writer, reader, part);
    } else if (dims.length > 0 && writer.kind === 'array') this.#vector(program, writer, reader, part);
    else {
      const state = writer.kind === 'null' ? NULL : MISMATCH;
      program.steps.push({ do: 'mark-element', slot, width: product(dims), state });
      this.#skipper.skip(program, writer);
    }
  }

  /** The numbers of a record's fields, in the order of `fields`, which are the reader's. */
  #record(program: Program, writer: RecordShape, reader: Shape, { slot, fields }: VectorPart): void {
    const mine = reader.kind === 'record' ? reader : writer;
    const width = fields!.length;
    const cell = (offset: number, fill: (inner: Program) => void): Step => {
      const inner = emptyProgram();
      fill(inner);
      program.minBytes += inner.minBytes;
      return { do: 'cell', offset, width, program: inner };
    };
    const left = new Set(fields);
    for (const field of writer.fields) {
      const target = readerField(mine, field, writer);
      if (target === undefined || !left.delete(target.name)) this.#skipper.skip(program, field.shape);
      else {
        program.steps.push(
          cell(fields!.indexOf(target.name), (inner) => {
            this.#element(inner, field.shape, withoutNull(target.shape), { slot, dims: [], fields: undefined });
          }),
        );
      }
    }
    for (const name of left) {
      const field = mine.fields.find((candidate) => candidate.name === name);
      if (field?.defaultBytes === undefined) continue; // its cell stays absent
      const { shape, defaultBytes: bytes } = field;
      program.steps.push(
        cell(fields!.indexOf(name), (inner) => {
          const read = emptyProgram();
          this.#element(read, shape, withoutNull(shape), { slot, dims: [], fields: undefined });
          inner.steps.push({ do: 'default', bytes, program: read });
        }),
      );
    }
  }

  #mismatch(program: Program, writer: Shape, slot: number): void {
    this.#onWrong(slot, { is: describeShape(writer), needs: NEEDS[this.#needs[slot]!.as] });
    program.steps.push({ do: 'mark', slot, state: MISMATCH });
    this.#skipper.skip(program, writer);
  }
}

function numberStep(writer: Shape, reader: Shape, slot: number): Step | undefined {
  switch (writer.kind) {
    case 'double':
    case 'float':
    case 'boolean':
      return { do: `read-${writer.kind}`, slot };
    case 'int':
    case 'long': {
      const factor = timeFactor(writer, reader);
      return factor === 1 ? { do: 'read-long', slot } : { do: 'read-scaled', slot, factor };
    }
    case 'bytes':
    case 'fixed': {
      // The bytes mean what their writer says; a writer that says nothing meant what the reader says.
      const scale = writer.logical === undefined ? scaleOf(reader) : writer.scale;
      return scale === undefined ? undefined : { do: 'read-decimal', slot, size: sizeOf(writer), scale };
    }
    default:
      return undefined;
  }
}

function textStep(writer: Shape, slot: number): Step | undefined {
  switch (writer.kind) {
    case 'string':
      return { do: 'read-text', slot };
    case 'enum':
      return { do: 'read-symbol', slot, symbols: writer.symbols };
    case 'bytes':
    case 'fixed':
      return writer.logical === undefined ? { do: 'read-latin1', slot, size: sizeOf(writer) } : undefined;
    default:
      return undefined;
  }
}

const product = (dims: readonly number[]): number => dims.reduce((all, size) => all * size, 1);

const sizeOf = (shape: Shape): number | null => (shape.kind === 'fixed' ? shape.size : null);

const scaleOf = (shape: Shape): number | undefined =>
  shape.kind === 'bytes' || shape.kind === 'fixed' ? shape.scale : undefined;

function leastBytes(shape: Shape): number {
  if (shape.kind === 'fixed') return shape.size;
  return shape.kind in MIN_BYTES ? MIN_BYTES[shape.kind as keyof typeof MIN_BYTES] : 1;
}
