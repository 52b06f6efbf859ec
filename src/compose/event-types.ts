import type { Problem } from '../errors.ts';
import { unionOf } from '../flow/carry-path.ts';
import type { SchemaNode } from '../flow/schema-node.ts';
import { nearest } from '../runtime/nearest.ts';

/**
 * The reader's schema of a topic whose subjects have these schemas: the types to score, one or a
 * union. Undefined if there is nothing to score, with a problem for each type that is missing.
 */
export function readerOf(
  topic: string,
  schemas: readonly SchemaNode[],
  types: readonly string[] | undefined,
  problems: Problem[],
): SchemaNode | undefined {
  const [only] = schemas;
  if (types === undefined) return schemas.length === 1 ? only : unionOf(schemas);
  const branches = schemas.flatMap((node) => (node.kind === 'union' ? node.branches : [node]));
  const wanted = branches.filter((node) => node.kind === 'record' && types.includes(node.name));
  const names = branches.flatMap((node) => (node.kind === 'record' ? [node.name] : []));
  if (wanted.length === 0) {
    const near = nearest(types[0]!, names);
    problems.push({
      code: 'CONTRACT_TYPE',
      what: `the topic ${topic} has none of the types of input.types: its subjects define ${names.join(', ') || 'no records'}`,
      where: 'input.types',
      remedy:
        near === undefined
          ? 'Write the full names of the types, or set their subjects in input.subject.'
          : `Did you mean ${near}?`,
    });
    return undefined;
  }
  return schemas.length === 1 && wanted.length === branches.length ? only : unionOf(wanted);
}

/** Types that no topic has. Their events would never be scored. */
export function missingTypes(
  types: readonly string[] | undefined,
  readers: Iterable<SchemaNode>,
): Problem[] {
  const there = new Set<string>();
  for (const reader of readers) {
    for (const node of reader.kind === 'union' ? reader.branches : [reader])
      if ('name' in node) there.add(node.name);
  }
  return (types ?? [])
    .filter((type) => !there.has(type))
    .map((type) => ({
      code: 'CONTRACT_TYPE',
      what: `no input topic has events of the type ${type}`,
      where: 'input.types',
      remedy: 'Add its subject to input.subject, or remove the type from input.types.',
    }));
}
