import avro from 'avsc';
import type { Type } from 'avsc';
import { MISMATCH, NULL, VALUE, type FieldNeed } from '../../src/flow/events.ts';

/** What avsc makes of bytes, without any of our code or logical types: what the decoder is measured by. */
export interface Seen {
  readonly type: Type;
  readonly value: unknown;
}

export function plainType(schema: unknown): Type {
  return avro.Type.forSchema(schema as never, { wrapUnions: true });
}

/** The value at a path of a decoded event, through unions; null below a null record. */
export function valueAt(root: Seen, path: string): Seen {
  let at = unwrap(root);
  for (const step of path.split('.')) {
    if (at.value === null) return at;
    const field = fieldsOf(at.type).find(({ name }) => name === step);
    if (field === undefined) throw new TypeError(`${path} is not in the schema`);
    at = unwrap({ type: field.type, value: (at.value as Record<string, unknown>)[step] });
  }
  return at;
}

/** The same without opening the last union; undefined below a null record. */
export function wrappedAt(root: Seen, path: string): Seen | undefined {
  const steps = path.split('.');
  const last = steps.pop()!;
  const parent = steps.length === 0 ? unwrap(root) : valueAt(root, steps.join('.'));
  if (parent.value === null) return undefined;
  const field = fieldsOf(parent.type).find(({ name }) => name === last)!;
  return { type: field.type, value: (parent.value as Record<string, unknown>)[last] };
}

/** How a carried value stands in the output: in a union, where it may be missing as a whole and was in none before. */
export function inOutput({ type, value }: Seen, nullBytes: Buffer | null): unknown {
  return nullBytes === null || type.typeName.startsWith('union') ? value : { [type.branchName!]: value };
}

/** State and value of a column's row. */
export function expectedCell(root: Seen, { path, as }: FieldNeed): { state: number; value: number | string } {
  const { type, value } = valueAt(root, path);
  if (value === null) return { state: NULL, value: as === 'number' ? 0 : '' };
  if (as === 'number' && NUMERIC.has(type.typeName)) return { state: VALUE, value: Number(value) };
  if (as === 'text' && TEXT.has(type.typeName)) return { state: VALUE, value: value as string };
  return { state: MISMATCH, value: as === 'number' ? 0 : '' };
}

function fieldsOf(type: Type): readonly { readonly name: string; readonly type: Type }[] {
  if (!(type instanceof avro.types.RecordType)) throw new TypeError(`${type.typeName} has no fields`);
  return type.fields;
}

const NUMERIC = new Set(['boolean', 'int', 'long', 'float', 'double']);
const TEXT = new Set(['string', 'enum']);

function unwrap({ type, value }: Seen): Seen {
  if (!(type instanceof avro.types.WrappedUnionType) || value === null) return { type, value };
  const [name] = Object.keys(value as object);
  const branch = type.types.find((candidate) => candidate.branchName === name);
  return { type: branch!, value: (value as Record<string, unknown>)[name!] };
}
