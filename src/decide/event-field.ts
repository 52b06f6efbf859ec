import { findPath, isFound } from '../flow/path.ts';
import { describeType, fieldPaths, type SchemaNode } from '../flow/schema-node.ts';
import { nearest } from '../runtime/nearest.ts';
import type { EventField } from './cel/typed.ts';

/** What is wrong with a field, and what to do. */
export interface FieldFlaw {
  readonly what: string;
  readonly remedy: string;
}

/**
 * The field at a path, with the type that conditions see:
 *
 * - int and long are `int`; a time is a number in the unit of the schema;
 * - float, double and decimals are `double`;
 * - string and enum are `string`, boolean is `bool`.
 */
export function eventField(event: SchemaNode, path: string): EventField | FieldFlaw {
  const found = findPath(event, path);
  if (!isFound(found)) return unknown(event, path, found.what);
  const { node, nullable } = found;
  const branches = (node.kind === 'union' ? node.branches : [node]).filter(
    ({ kind }) => kind !== 'null',
  );
  const types = new Set(branches.map(typeOf));
  const [type] = types;
  if (types.size !== 1 || type === undefined) {
    const several = types.size > 1 && !types.has(undefined);
    return {
      what: `${path} is ${describeType(node)}, which conditions cannot use`,
      remedy: several
        ? 'Choose a field that has one type.'
        : 'Choose a field that is a number, a string, an enum or a boolean, or the size() of an array or map.',
    };
  }
  // A long may be larger than a double can hold.
  const long = type === 'int' && branches.some(({ kind }) => kind === 'long');
  const as = type === 'string' ? 'utf8' : long ? 'long' : 'number';
  return { path, type, nullable, projected: { path, as, optional: true } };
}

/** A field of any type. Its column only says whether an event has it. */
export function anyField(event: SchemaNode, path: string): EventField | FieldFlaw {
  const usable = eventField(event, path);
  if (!('what' in usable)) return usable;
  const found = findPath(event, path);
  if (!isFound(found)) return usable;
  const projected = { path, as: 'number', optional: true } as const;
  return { path, type: 'double', nullable: found.nullable, projected };
}

/** The number of elements, entries or characters of a field. */
export function sizeField(event: SchemaNode, path: string): EventField | FieldFlaw {
  const found = findPath(event, path);
  if (!isFound(found)) return unknown(event, path, found.what);
  const branches = found.node.kind === 'union' ? found.node.branches : [found.node];
  const sized = branches.filter(({ kind }) => kind !== 'null');
  if (sized.length === 0 || !sized.every(({ kind }) => SIZED.has(kind))) {
    return {
      what: `${path} is ${describeType(found.node)}, which has no size()`,
      remedy: 'Take the size of an array, a map or a string.',
    };
  }
  const projected = { path, as: 'length', optional: true } as const;
  return { path, type: 'int', nullable: found.nullable, projected };
}

const SIZED: ReadonlySet<string> = new Set(['array', 'map', 'string']);

function unknown(event: SchemaNode, path: string, what: string): FieldFlaw {
  const near = nearest(path, fieldPaths(event));
  return {
    what,
    remedy:
      near === undefined
        ? 'Name a field of the latest schema of the subject.'
        : `Did you mean event.${near}?`,
  };
}

function typeOf({ kind, logical, scale }: SchemaNode): EventField['type'] | undefined {
  switch (kind) {
    case 'int':
    case 'long':
      return 'int';
    case 'float':
    case 'double':
      return 'double';
    case 'boolean':
      return 'bool';
    case 'string':
    case 'enum':
      return 'string';
    case 'bytes':
    case 'fixed':
      return logical === 'decimal' && scale !== undefined ? 'double' : undefined;
    default:
      return undefined;
  }
}
