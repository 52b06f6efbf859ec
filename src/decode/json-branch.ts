import type { FieldNode, SchemaNode } from '../flow/schema-node.ts';
import { WrittenNumber } from '../flow/written-number.ts';
import { fits, isObject, isWord } from './json-fit.ts';

/**
 * The branch of a plain value. A branch that holds the value exactly comes before one that it only
 * fits: a string stays a string if the union has one, a number takes a branch that keeps its
 * digits, an object takes the record that has its fields.
 */
export function branchOf(branches: readonly SchemaNode[], json: unknown): number {
  for (const test of [holds, isDouble, fits]) {
    const index = branches.findIndex((branch) => branch.kind !== 'null' && test(branch, json));
    if (index !== -1) return index;
  }
  return -1;
}

const isDouble = (node: SchemaNode, json: unknown): boolean =>
  node.kind === 'double' && fits(node, json);

function holds(node: SchemaNode, json: unknown): boolean {
  if (!fits(node, json)) return false;
  switch (node.kind) {
    case 'float':
      return !isWord(json) && Object.is(Math.fround(Number(json)), Number(json)) && isExact(json);
    case 'double':
      return !isWord(json) && isExact(json);
    case 'record':
      return hasFieldsOf(node.fields, json as Record<string, unknown>);
    case 'long':
    case 'bytes':
    case 'fixed':
      return typeof json !== 'string';
    default:
      return true;
  }
}

/** Whether a double has all digits of a number. */
const isExact = (json: unknown): boolean =>
  !(json instanceof WrittenNumber) && (typeof json !== 'bigint' || BigInt(Number(json)) === json);

/** Looks no deeper than one record, so nested unions take no longer than their text. */
function hasFieldsOf(
  fields: readonly FieldNode[],
  json: Readonly<Record<string, unknown>>,
): boolean {
  const known = new Map(fields.map((field) => [field.name, field]));
  if (Object.keys(json).some((key) => !known.has(key))) return false;
  return fields.every(({ name, node, defaultBytes }) => {
    const value = Object.hasOwn(json, name) ? json[name] : undefined;
    if (value === undefined && defaultBytes !== undefined) return true;
    // A value in a union may be wrapped in an object with the name of its branch.
    if (node.kind === 'union')
      return isObject(value) || node.branches.some((branch) => fits(branch, value ?? null));
    return fits(node, value ?? null);
  });
}

/** The key of a wrapped union value: the name of a named type, or its kind. */
export function branchName(node: SchemaNode): string {
  return 'name' in node ? node.name : node.kind;
}
