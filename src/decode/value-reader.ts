import { MISMATCH, NULL } from '../flow/events.ts';
import type { ProjectedField, View } from '../flow/projection.ts';
import { fieldOf } from '../flow/path.ts';
import {
  describeType,
  type ArrayNode,
  type RecordNode,
  type SchemaNode,
} from '../flow/schema-node.ts';
import { factorTo, timeFactor } from '../flow/time-unit.ts';
import { append, emptyPlan, leastOf, type DecodePlan, type Step } from './decode-plan.ts';
import { sourcesOf, type Resolver } from './resolve.ts';
import type { SkipPlan } from './skip-plan.ts';
import {
  isDecimal,
  isWhole,
  leastBytes,
  numberStep,
  scaledStep,
  textStep,
  utf8Step,
} from './value-step.ts';

/** A type that cannot be used, and the one that is needed, for messages. */
export interface WrongType {
  readonly is: string;
  /** Who needs it; default: the model. */
  readonly by?: string;
  readonly needed: string;
}

const NEEDS: Readonly<Record<ProjectedField['as'], string>> = {
  number: 'a number',
  long: 'a whole number',
  text: 'a string',
  utf8: 'a string',
  length: 'an array, map, string or bytes',
  vector: 'an array',
};

/** The rest of a vector at one depth: the dimensions below, none at a number. */
interface VectorPart {
  readonly slot: number;
  readonly dims: readonly number[];
  readonly fields: readonly string[] | undefined;
}

/**
 * Adds the steps that read one value, other than null, into one column. A value of another type is
 * marked as such.
 */
export class ValueReader {
  readonly #projection: View;
  readonly #skipper: SkipPlan;
  readonly #onWrong: (slot: number, wrong: WrongType) => void;

  readonly #resolver: Resolver;

  constructor(
    projection: View,
    skipper: SkipPlan,
    resolver: Resolver,
    onWrong: (slot: number, wrong: WrongType) => void,
  ) {
    this.#resolver = resolver;
    this.#onWrong = onWrong;
    this.#projection = projection;
    this.#skipper = skipper;
  }

  /** The reader's type for the writer's type, or undefined if there is none. */
  read(plan: DecodePlan, writer: SchemaNode, reader: SchemaNode | undefined, slot: number): void {
    const { as, size, dims, fields, unitMs } = this.#projection.get(slot)!;
    if (reader === undefined) {
      const useful = as !== 'vector' && this.#stepOf(as, writer, writer, slot) !== undefined;
      this.#mismatch(plan, writer, slot, useful);
      return;
    }
    if (as === 'vector') {
      if (writer.kind === 'array')
        this.#vector(plan, writer, reader, { slot, dims: dims ?? [size!], fields });
      else this.#mismatch(plan, writer, slot);
      return;
    }
    const found =
      isWhole(writer) && unitMs !== undefined
        ? this.#timeStep(as, writer, reader, slot, unitMs)
        : this.#stepOf(as, writer, reader, slot);
    if (found === undefined) this.#mismatch(plan, writer, slot);
    else append(plan, found, leastBytes(writer));
  }

  #stepOf(
    as: ProjectedField['as'],
    writer: SchemaNode,
    reader: SchemaNode,
    slot: number,
  ): Step | undefined {
    switch (as) {
      case 'text':
        return textStep(writer, reader, slot);
      case 'utf8':
        return utf8Step(writer, reader, slot);
      case 'length':
        return this.#lengthStep(writer, reader, slot);
      case 'long':
        if (writer.kind !== 'int' && writer.kind !== 'long') return undefined;
        if (reader.kind !== 'int' && reader.kind !== 'long') return undefined;
        return { do: 'read-int64', slot, factor: timeFactor(writer, reader) };
      default:
        return numberStep(writer, reader, slot);
    }
  }

  /**
   * An integer that is read as a time. The reader's schema may not declare its unit. Undefined if
   * the writer's type is not such a time.
   */
  #timeStep(
    as: ProjectedField['as'],
    writer: SchemaNode,
    reader: SchemaNode,
    slot: number,
    unitMs: number,
  ): Step | undefined {
    const factor = factorTo(writer, reader, unitMs);
    if (factor === undefined) return undefined;
    return factor === 1 || as === 'long'
      ? this.#stepOf(as, writer, reader, slot)
      : scaledStep(slot, factor);
  }

  #lengthStep(writer: SchemaNode, reader: SchemaNode, slot: number): Step | undefined {
    switch (reader.kind) {
      case 'array':
        return writer.kind === 'array'
          ? { do: 'read-count', slot, item: this.#skipper.item(writer.items), keys: 0 }
          : undefined;
      case 'map':
        return writer.kind === 'map'
          ? { do: 'read-count', slot, item: this.#skipper.item(writer.values), keys: 1 }
          : undefined;
      case 'string':
        return isDecimal(writer) ? undefined : { do: 'read-characters', slot };
      case 'bytes':
        return isDecimal(writer) || isDecimal(reader) ? undefined : { do: 'read-size', slot };
      default:
        return undefined;
    }
  }

  /** An array of numbers, or of `dims` arrays in arrays. */
  #vector(plan: DecodePlan, writer: ArrayNode, reader: SchemaNode, into: VectorPart): void {
    const { slot, dims } = into;
    const [size, ...inner] = dims as [number, ...number[]];
    const width = product(inner);
    const item = emptyPlan();
    if (reader.kind === 'array')
      this.#element(item, writer.items, reader.items, { ...into, dims: inner });
    const rest = this.#skipper.item(writer.items);
    const step =
      inner.length === 0
        ? ({ do: 'read-vector', slot, size, item, rest } as const)
        : ({ do: 'read-rows', slot, size, width, item, rest } as const);
    append(plan, step, 1);
  }

  /** One element of a vector, which may be null or have one of several types. */
  #element(plan: DecodePlan, writer: SchemaNode, reader: SchemaNode, part: VectorPart): void {
    if (writer.kind === 'union') {
      const branches = writer.branches.map((branch) => {
        const inner = emptyPlan();
        this.#element(inner, branch, reader, part);
        return inner;
      });
      append(plan, { do: 'union', branches }, leastOf(branches));
      return;
    }
    const { slot, dims, fields } = part;
    const side = this.#resolver.side(writer, reader)?.node;
    const step = side && dims.length === 0 ? numberStep(writer, side, slot) : undefined;
    if (step !== undefined) append(plan, step, leastBytes(writer));
    else if (
      dims.length === 1 &&
      fields !== undefined &&
      writer.kind === 'record' &&
      side?.kind === 'record'
    ) {
      this.#record(plan, writer, side, part);
    } else if (dims.length > 0 && writer.kind === 'array' && side !== undefined) {
      this.#vector(plan, writer, side, part);
    } else {
      const state = writer.kind === 'null' ? NULL : MISMATCH;
      plan.steps.push({ do: 'mark-element', slot, width: product(dims), state });
      this.#skipper.skip(plan, writer);
    }
  }

  /**
   * The numbers in the fields of a record, in the order of `fields`, which are the reader's names.
   */
  #record(
    plan: DecodePlan,
    writer: RecordNode,
    reader: RecordNode,
    { slot, fields }: VectorPart,
  ): void {
    const width = fields!.length;
    const part = { slot, dims: [], fields: undefined };
    const cell = (offset: number, fill: (inner: DecodePlan) => void): Step => {
      const inner = emptyPlan();
      fill(inner);
      plan.minBytes += inner.minBytes;
      return { do: 'cell', offset, width, plan: inner };
    };
    const sources = sourcesOf(writer, reader);
    const readers = new Map([...sources].map(([mine, source]) => [source, mine]));
    const targets = fields!.map((name) => fieldOf(reader, name));
    for (const field of writer.fields) {
      const target = readers.get(field);
      const offset = targets.indexOf(target);
      if (target === undefined || offset === -1) this.#skipper.skip(plan, field.node);
      else
        plan.steps.push(
          cell(offset, (inner) => {
            this.#element(inner, field.node, target.node, part);
          }),
        );
    }
    for (const [offset, field] of targets.entries()) {
      // its cell stays absent
      if (field?.defaultBytes === undefined || sources.has(field)) continue;
      const { node, defaultBytes: bytes } = field;
      const read = emptyPlan();
      this.#element(read, node, node, part);
      plan.steps.push(
        cell(offset, (inner) => {
          inner.steps.push({ do: 'default', bytes, plan: read });
        }),
      );
    }
  }

  /** `unresolved`: only the reader's type prevents its use. */
  #mismatch(plan: DecodePlan, writer: SchemaNode, slot: number, unresolved = false): void {
    const { as, unitMs } = this.#projection.get(slot)!;
    const needed = unitMs === undefined ? NEEDS[as] : 'a time with a known unit';
    const is = describeType(writer);
    this.#onWrong(
      slot,
      unresolved
        ? { is, by: "the subject's latest schema has", needed: 'another type' }
        : { is, needed },
    );
    plan.steps.push({ do: 'mark', slot, state: MISMATCH });
    this.#skipper.skip(plan, writer);
  }
}

const product = (dims: readonly number[]): number => dims.reduce((all, size) => all * size, 1);
