import avro from 'avsc';
import type { Type } from 'avsc';
import { ABSENT, MISMATCH, NULL, TOO_MANY, VALUE } from '../../src/flow/events.ts';
import type { ProjectedField } from '../../src/flow/projection.ts';
import { parsePath, type PathStep } from '../../src/flow/path.ts';

/**
 * What avsc makes of bytes, without any of our code or logical types: what the decoder is measured
 * by.
 */
export interface Seen {
  readonly type: Type;
  readonly value: unknown;
}

/** The scale of the types that are decimals: avsc itself forgets logical types. */
const SCALES = new WeakMap<Type, number>();
const DECIMALS = new WeakSet<object>();

export function plainType(schema: unknown): Type {
  const typeHook = (attributes: unknown, options: object): Type | undefined => {
    const { logicalType, scale } = attributes as { logicalType?: string; scale?: number };
    if (logicalType !== 'decimal' || DECIMALS.has(attributes as object)) return undefined;
    const copy = { ...(attributes as object) };
    DECIMALS.add(copy);
    const type = avro.Type.forSchema(copy as never, options);
    SCALES.set(type, scale ?? 0);
    return type;
  };
  return avro.Type.forSchema(schema as never, { wrapUnions: true, typeHook });
}

/** Where a path leads in a decoded event, through unions: a value, null, or nowhere. */
function valueAt(root: Seen, steps: readonly PathStep[]): Seen | undefined {
  let at: Seen | undefined = unwrap(root);
  for (const step of steps) {
    if (at === undefined || at.value === null) return at;
    const child = childOf(at, step);
    at = child && unwrap(child);
  }
  return at;
}

function childOf({ type, value }: Seen, step: PathStep): Seen | undefined {
  if (type instanceof avro.types.ArrayType && typeof step === 'number') {
    const items = value as unknown[];
    return step < items.length ? { type: type.itemsType, value: items[step] } : undefined;
  }
  if (type instanceof avro.types.MapType) {
    const entries = value as Record<string, unknown>;
    return Object.hasOwn(entries, step)
      ? { type: type.valuesType as Type, value: entries[step] }
      : undefined;
  }
  if (!(type instanceof avro.types.RecordType)) return undefined;
  const field = type.fields.find(({ name }) => name === step);
  return field && { type: field.type, value: (value as Record<string, unknown>)[step] };
}

/** The value of a record's field without opening the last union; undefined below a null record. */
export function wrappedAt(root: Seen, path: string): Seen | undefined {
  const steps = [...parsePath(path)!];
  const last = steps.pop()!;
  const parent = valueAt(root, steps)!;
  return parent.value === null ? undefined : childOf(parent, last)!;
}

/**
 * How a carried value stands in the output: in a union, where it may be missing as a whole and was
 * in none before.
 */
export function inOutput({ type, value }: Seen, nullBytes: Buffer | null): unknown {
  return nullBytes === null || type.typeName.startsWith('union')
    ? value
    : { [type.branchName!]: value };
}

export interface Cell {
  readonly state: number;
  readonly value: number | string | bigint;
}

/** What a need's cells of one row have to hold. */
export function expectedCells(root: Seen, need: ProjectedField): readonly Cell[] {
  const seen = valueAt(root, parsePath(need.path)!);
  if (need.as !== 'vector') return [cellOf(seen, need.as)];
  const nothing = (state: number): Cell[] => Array<Cell>(need.size!).fill({ state, value: 0 });
  if (seen === undefined) return nothing(ABSENT);
  if (seen.value === null) return nothing(NULL);
  const { type, value } = seen;
  if (!(type instanceof avro.types.ArrayType)) return nothing(MISMATCH);
  const cells = nothing(ABSENT);
  const items = (value as unknown[]).slice(0, need.size);
  items.forEach(
    (item, i) => (cells[i] = cellOf(unwrap({ type: type.itemsType, value: item }), 'number')),
  );
  if ((value as unknown[]).length > need.size!) cells[0] = { state: TOO_MANY, value: 0 };
  return cells;
}

function cellOf(seen: Seen | undefined, as: Exclude<ProjectedField['as'], 'vector'>): Cell {
  const none = { text: '', utf8: '', long: 0n, number: 0, length: 0 }[as];
  if (seen === undefined) return { state: ABSENT, value: none };
  if (seen.value === null) return { state: NULL, value: none };
  const take = { number: numberOf, long: longOf, text: textOf, utf8: utf8Of, length: lengthOf };
  const value = take[as](seen);
  return value === undefined ? { state: MISMATCH, value: none } : { state: VALUE, value };
}

function numberOf({ type, value }: Seen): number | undefined {
  const scale = SCALES.get(type);
  // avsc's resolver leaves an int that became a float unrounded.
  if (type.typeName === 'float') return Math.fround(value as number);
  if (scale === undefined) return NUMERIC.has(type.typeName) ? Number(value) : undefined;
  const bytes = value as Buffer;
  return bytes.length === 0
    ? undefined
    : Number(`${BigInt.asIntN(8 * bytes.length, BigInt(`0x${bytes.toString('hex')}`))}e-${scale}`);
}

function longOf({ type, value }: Seen): bigint | undefined {
  return type.typeName === 'int' || type.typeName === 'long' ? BigInt(value as number) : undefined;
}

function textOf({ type, value }: Seen): string | undefined {
  if (TEXT.has(type.typeName)) return value as string;
  return BYTES.has(type.typeName) && !SCALES.has(type)
    ? (value as Buffer).toString('latin1')
    : undefined;
}

function utf8Of(seen: Seen): string | undefined {
  return TEXT.has(seen.type.typeName) ? textOf(seen) : undefined;
}

function lengthOf({ type, value }: Seen): number | undefined {
  switch (type.typeName) {
    case 'array':
      return (value as unknown[]).length;
    case 'map':
      return Object.keys(value as object).length;
    case 'string':
      return Array.from(value as string).length;
    case 'bytes':
      return SCALES.has(type) ? undefined : (value as Buffer).length;
    default:
      return undefined;
  }
}

const NUMERIC = new Set(['boolean', 'int', 'long', 'float', 'double']);
const TEXT = new Set(['string', 'enum']);
const BYTES = new Set(['bytes', 'fixed']);

function unwrap({ type, value }: Seen): Seen {
  if (!(type instanceof avro.types.WrappedUnionType) || value === null) return { type, value };
  const [name] = Object.keys(value as object);
  const branch = type.types.find((candidate) => candidate.branchName === name);
  return { type: branch!, value: (value as Record<string, unknown>)[name!] };
}
