import { MISMATCH, NULL, type FieldNeed } from '../flow/events.ts';
import { describeShape, type ArrayShape, type Shape } from '../flow/shape.ts';
import { timeFactor } from '../flow/time-unit.ts';
import { append, emptyProgram, MIN_BYTES, type Program, type Step } from './program.ts';
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
    const { as, size } = this.#needs[slot]!;
    if (as === 'vector') {
      if (writer.kind === 'array') this.#vector(program, writer, reader, slot, size!);
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

  #vector(program: Program, writer: ArrayShape, reader: Shape, slot: number, size: number): void {
    const target = reader.kind === 'array' ? reader.items : writer.items;
    const item = emptyProgram();
    this.#element(item, writer.items, target, slot);
    append(program, { do: 'read-vector', slot, size, item, rest: this.#skipper.item(writer.items) }, 1);
  }

  /** One element of a vector, which may be null or of several types. */
  #element(program: Program, writer: Shape, reader: Shape, slot: number): void {
    if (writer.kind === 'union') {
      const branches = writer.branches.map((branch) => {
        const inner = emptyProgram();
        this.#element(inner, branch, reader, slot);
        return inner;
      });
      append(program, { do: 'union', branches }, 1 + Math.min(...branches.map((branch) => branch.minBytes)));
      return;
    }
    const step = numberStep(writer, reader, slot);
    if (step !== undefined) {
      append(program, step, leastBytes(writer));
      return;
    }
    program.steps.push({ do: 'mark-element', slot, state: writer.kind === 'null' ? NULL : MISMATCH });
    this.#skipper.skip(program, writer);
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

const sizeOf = (shape: Shape): number | null => (shape.kind === 'fixed' ? shape.size : null);

const scaleOf = (shape: Shape): number | undefined =>
  shape.kind === 'bytes' || shape.kind === 'fixed' ? shape.scale : undefined;

function leastBytes(shape: Shape): number {
  if (shape.kind === 'fixed') return shape.size;
  return shape.kind in MIN_BYTES ? MIN_BYTES[shape.kind as keyof typeof MIN_BYTES] : 1;
}
