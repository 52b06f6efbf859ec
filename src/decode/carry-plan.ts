import type { FieldNode, RecordNode, SchemaNode } from '../flow/schema-node.ts';
import { timeFactor } from '../flow/time-unit.ts';
import type { DecodePlan } from './decode-plan.ts';
import { Resolver, sourcesOf, type Side } from './resolve.ts';
import { SkipPlan } from './skip-plan.ts';

/** How bytes of a writer's type become bytes of the reader's type. `CarryRewriter` runs it. */
export type Plan =
  | { readonly do: 'nothing' | 'never' | 'long' | 'int' | 'boolean' | 'float' | 'double' }
  | { readonly do: 'fixed'; readonly bytes: number }
  /** Bytes or a string with their length. `text`: must be UTF-8. `same`: both types are equal. */
  | { readonly do: 'sized'; readonly text: boolean; readonly same: boolean }
  | {
      readonly do: 'promote';
      readonly from: 'int' | 'long' | 'float';
      readonly to: 'float' | 'double';
    }
  | { readonly do: 'time'; readonly factor: number; readonly to: 'int' | 'long' }
  /**
   * The reader's symbol for each of the writer's symbols, or -1. `known`: no symbol falls back to
   * the default.
   */
  | { readonly do: 'enum'; readonly symbols: readonly number[]; readonly known: boolean }
  | { readonly do: 'array' | 'map'; item: Plan }
  | { readonly do: 'union'; branches: readonly Plan[] }
  /** Into a branch of the reader's union. */
  | { readonly do: 'branch'; readonly index: number; value: Plan }
  | RecordPlan;

export interface RecordPlan {
  readonly do: 'record';
  /** In the order of the writer, with defaults at the end. */
  parts: readonly RecordPart[];
  /**
   * The parts in the order of the reader, if that differs. Parts that write nothing are left out.
   */
  order: readonly number[] | null;
}

export type RecordPart =
  | { readonly plan: Plan }
  | { readonly skip: DecodePlan }
  | { readonly bytes: Buffer };

const NEVER: Plan = { do: 'never' };
const NOTHING: Plan = { do: 'nothing' };

/** Makes plans: one for each pair of types that meet, however often they do. */
export class CarryPlanner {
  readonly #resolver: Resolver;
  readonly #skipper = new SkipPlan();
  readonly #made = new Map<SchemaNode, Map<SchemaNode, Plan>>();
  /** Plans in progress. Their contents are not known yet. */
  readonly #open = new Set<Plan>();

  constructor(resolver: Resolver) {
    this.#resolver = resolver;
  }

  /**
   * Into a type that combines what several records have under one name. The branch is the type that
   * this record has there, because another branch could fit better.
   */
  carried(writer: SchemaNode, reader: SchemaNode, target: SchemaNode): Plan {
    if (target.kind !== 'union' || writer.kind === 'null') return this.plan(writer, target);
    if (writer.kind === 'union') {
      return {
        do: 'union',
        branches: writer.branches.map((branch) => this.carried(branch, reader, target)),
      };
    }
    const own = this.#resolver.side(writer, reader)?.node;
    return this.#into(writer, own && this.#resolver.side(own, target));
  }

  plan(writer: SchemaNode, reader: SchemaNode): Plan {
    if (writer.kind === 'union') {
      return this.#once(
        writer,
        reader,
        { do: 'union', branches: [] as readonly Plan[] },
        (plan) => {
          plan.branches = writer.branches.map((branch) => this.plan(branch, reader));
        },
      );
    }
    return this.#into(writer, this.#resolver.side(writer, reader));
  }

  #into(writer: SchemaNode, side: Side | undefined): Plan {
    if (side === undefined) return NEVER;
    if (side.branch === -1) return this.#value(writer, side.node);
    const value = this.#value(writer, side.node);
    return value === NEVER ? NEVER : { do: 'branch', index: side.branch, value };
  }

  /** Neither is a union, and their kinds match. */
  #value(writer: SchemaNode, reader: SchemaNode): Plan {
    switch (reader.kind) {
      case 'null':
        return NOTHING;
      case 'boolean':
        return { do: 'boolean' };
      case 'int':
      case 'long': {
        const factor = timeFactor(writer, reader);
        return factor === 1
          ? { do: writer.kind as 'int' | 'long' }
          : { do: 'time', factor, to: reader.kind };
      }
      case 'float':
      case 'double':
        if (writer.kind === reader.kind) return { do: reader.kind };
        return { do: 'promote', from: writer.kind as 'int' | 'long' | 'float', to: reader.kind };
      case 'string':
      case 'bytes':
        if (otherScale(writer, reader)) return NEVER;
        return { do: 'sized', text: reader.kind === 'string', same: writer.kind === reader.kind };
      case 'fixed':
        return otherScale(writer, reader) ? NEVER : { do: 'fixed', bytes: reader.size };
      case 'enum': {
        const other = reader.default === undefined ? -1 : reader.symbols.indexOf(reader.default);
        const numbers = new Map(reader.symbols.map((symbol, i) => [symbol, i]));
        const symbols = writer.kind === 'enum' ? writer.symbols : [];
        const known = symbols.every((symbol) => numbers.has(symbol));
        return {
          do: 'enum',
          symbols: symbols.map((symbol) => numbers.get(symbol) ?? other),
          known,
        };
      }
      case 'array':
        return this.#once(writer, reader, { do: 'array', item: NOTHING }, (plan) => {
          if (writer.kind === 'array') plan.item = this.plan(writer.items, reader.items);
        });
      case 'map':
        return this.#once(writer, reader, { do: 'map', item: NOTHING }, (plan) => {
          if (writer.kind === 'map') plan.item = this.plan(writer.values, reader.values);
        });
      case 'record':
        return this.#record(writer as RecordNode, reader);
      case 'union':
        throw new TypeError('a union has no union in it');
    }
  }

  #record(writer: RecordNode, reader: RecordNode): Plan {
    const hopeless = new Set<Plan>();
    const record = this.#once<RecordPlan>(
      writer,
      reader,
      { do: 'record', parts: [], order: null },
      (plan) => {
        const sources = sourcesOf(writer, reader);
        const readers = new Map([...sources].map(([field, source]) => [source, field]));
        const parts: RecordPart[] = [];
        const places = new Map<FieldNode, number>();
        for (const source of writer.fields) {
          const field = readers.get(source);
          if (field === undefined) {
            const skip = this.#skipper.item(source.node);
            if (skip.steps.length > 0) parts.push({ skip });
            continue;
          }
          const part = this.plan(source.node, field.node);
          if (part === NEVER) hopeless.add(plan);
          if (!this.#open.has(part) && isNothing(part)) continue;
          places.set(field, parts.length);
          parts.push({ plan: part });
        }
        for (const field of reader.fields) {
          if (sources.has(field)) continue;
          const { defaultBytes: bytes } = field;
          if (bytes === undefined) hopeless.add(plan);
          if (bytes?.length === 0) continue;
          places.set(field, parts.length);
          parts.push(bytes === undefined ? { plan: NEVER } : { bytes });
        }
        const order = reader.fields.flatMap((field) => places.get(field) ?? []);
        plan.parts = parts;
        plan.order = order.every((place, i) => i === 0 || place > order[i - 1]!) ? null : order;
      },
    );
    return hopeless.has(record) ? NEVER : record;
  }

  /** The plan of a pair. Recursive types refer to the plan itself. */
  #once<T extends Plan>(
    writer: SchemaNode,
    reader: SchemaNode,
    plan: T,
    fill: (plan: T) => void,
  ): Plan {
    let known = this.#made.get(writer);
    if (known === undefined) this.#made.set(writer, (known = new Map<SchemaNode, Plan>()));
    const before = known.get(reader);
    if (before !== undefined) return before;
    known.set(reader, plan);
    this.#open.add(plan);
    fill(plan);
    this.#open.delete(plan);
    return plan;
  }
}

/** Reads nothing and writes nothing: many such values in an array are only counted. */
export const isNothing = (plan: Plan): boolean =>
  plan.do === 'nothing' || (plan.do === 'record' && plan.parts.length === 0);

/** Whether no value at all can be rewritten by the plan. */
export const isHopeless = (plan: Plan): boolean =>
  plan.do === 'never' ||
  (plan.do === 'union' && plan.branches.every((branch) => branch.do === 'never'));

/** Whether the plan and all plans inside it leave the bytes unchanged. */
export function isCopy(root: Plan): boolean {
  const seen = new Set<Plan>([root]);
  for (const plan of seen) {
    const inner = copied(plan);
    if (inner === undefined) return false;
    for (const one of inner) seen.add(one);
  }
  return true;
}

/** The plans inside, if this one changes nothing by itself. */
function copied(plan: Plan): readonly Plan[] | undefined {
  switch (plan.do) {
    case 'never':
    case 'promote':
    case 'time':
    case 'branch':
      return undefined;
    case 'sized':
      return plan.same ? [] : undefined;
    case 'enum':
      return plan.symbols.every((symbol, i) => symbol === i) ? [] : undefined;
    case 'array':
    case 'map':
      return [plan.item];
    case 'union': {
      const kept = plan.branches.every((branch, i) => branch.do === 'branch' && branch.index === i);
      return kept ? plan.branches.map((branch) => (branch as { value: Plan }).value) : undefined;
    }
    case 'record': {
      const plans = plan.parts.flatMap((part) => ('plan' in part ? [part.plan] : []));
      return plan.order === null && plans.length === plan.parts.length ? plans : undefined;
    }
    default:
      return [];
  }
}

/** Avro does not resolve decimals with different scales. */
function otherScale(writer: SchemaNode, reader: SchemaNode): boolean {
  return writer.scale !== undefined && reader.scale !== undefined && writer.scale !== reader.scale;
}
