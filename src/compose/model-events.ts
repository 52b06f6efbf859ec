import { findCarried } from '../flow/carry-path.ts';
import type { InputSpec } from '../flow/features.ts';
import { branchesOf, fieldOf, parsePath } from '../flow/path.ts';
import { allowsNull, type SchemaNode } from '../flow/schema-node.ts';

/**
 * The fields of the event that hold everything the model reads, as paths that can be carried: of
 * `items[0].price`, the array.
 */
export function fieldsOfModel(event: SchemaNode, inputs: readonly InputSpec[]): string[] {
  const paths = inputs.flatMap(({ features }) =>
    features.flatMap(({ field }) => carriedPath(event, field) ?? []),
  );
  return [...new Set(paths)];
}

/** The longest part of a path that can be carried, with the fields' own names. */
function carriedPath(event: SchemaNode, path: string): string | undefined {
  let at: readonly SchemaNode[] = [event];
  const names: string[] = [];
  for (const step of parsePath(path) ?? []) {
    if (typeof step === 'number') break;
    const fields = at
      .flatMap(branchesOf)
      .map((node) => (node.kind === 'record' ? fieldOf(node, step) : undefined));
    const [first] = fields;
    if (first === undefined || fields.some((field) => field?.name !== first.name)) break;
    if (findCarried(event, [...names, first.name].join('.')) === undefined) break;
    names.push(first.name);
    at = fields.map((field) => field!.node);
  }
  return names.length === 0 ? undefined : names.join('.');
}

type Json = Record<string, unknown>;

/**
 * An event that has only some of its fields, completed so that it fits the schema: a field without
 * a default gets null, zero or an empty value.
 */
export function completed(event: unknown, node: SchemaNode): unknown {
  const record = branchesOf(node).find(({ kind }) => kind === 'record');
  if (record?.kind !== 'record' || !isObject(event)) return event;
  const own = new Map(
    record.fields.flatMap((field) => {
      const { name, node: type, defaultBytes } = field;
      if (Object.hasOwn(event, name)) return [[name, completed(event[name], type)]];
      return defaultBytes === undefined ? [[name, neutral(type)]] : [];
    }),
  );
  return Object.fromEntries(own);
}

function neutral(node: SchemaNode): unknown {
  switch (node.kind) {
    case 'null':
      return null;
    case 'boolean':
      return false;
    case 'int':
    case 'long':
    case 'float':
    case 'double':
      return 0;
    case 'bytes':
      return node.scale === undefined ? '' : 0;
    case 'string':
      return '';
    case 'enum':
      return node.default ?? node.symbols[0];
    case 'fixed':
      return node.scale === undefined ? '\0'.repeat(node.size) : 0;
    case 'array':
      return [];
    case 'map':
      return {};
    case 'union':
      return allowsNull(node) ? null : neutral(node.branches[0]!);
    case 'record':
      return completed({}, node);
  }
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
