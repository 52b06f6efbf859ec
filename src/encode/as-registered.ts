import { describeType, type SchemaNode } from '../flow/schema-node.ts';

/**
 * The place where a registered schema would read bytes of our schema as something else: a path and
 * the difference. Undefined if both mean the same. Names of types do not matter, except where they
 * distinguish branches of a union. Names and order of fields, symbols, units of times and scales of
 * decimals matter. Takes linear time, also if the schemas share types.
 */
export function differenceOf(ours: SchemaNode, theirs: SchemaNode): string | undefined {
  return compare(ours, theirs, '', new Map());
}

function compare(
  ours: SchemaNode,
  theirs: SchemaNode,
  path: string,
  seen: Map<SchemaNode, Set<SchemaNode>>,
): string | undefined {
  const met = seen.get(ours) ?? new Set<SchemaNode>();
  if (met.has(theirs)) return undefined; // already compared, or in progress further out
  seen.set(ours, met.add(theirs));
  const differs = `${path === '' ? 'the record' : path} is ${describeType(theirs)} in the registry, but ${describeType(ours)} here`;
  const below = (a: SchemaNode, b: SchemaNode, step: string): string | undefined =>
    compare(a, b, path + step, seen);
  if (ours.logical !== theirs.logical || ours.scale !== theirs.scale) return differs;
  if (ours.kind === 'record' && theirs.kind === 'record') {
    for (let i = 0; i < Math.max(ours.fields.length, theirs.fields.length); i++) {
      const [mine, other] = [ours.fields[i], theirs.fields[i]];
      if (mine === undefined || other?.name !== mine.name) {
        const of = path === '' ? 'the record' : path;
        return `field ${i + 1} of ${of} is ${other?.name ?? 'missing'} in the registry, but ${mine?.name ?? 'missing'} here`;
      }
      const found = below(mine.node, other.node, `${path === '' ? '' : '.'}${mine.name}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (ours.kind === 'union' && theirs.kind === 'union') {
    if (ours.branches.length !== theirs.branches.length) return differs;
    for (const [i, mine] of ours.branches.entries()) {
      const other = theirs.branches[i]!;
      if (nameOf(mine) !== nameOf(other)) return differs;
      const found = below(mine, other, '');
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (ours.kind === 'array' && theirs.kind === 'array')
    return below(ours.items, theirs.items, '[]');
  if (ours.kind === 'map' && theirs.kind === 'map') return below(ours.values, theirs.values, '{}');
  if (ours.kind === 'enum' && theirs.kind === 'enum')
    return sameSymbols(ours, theirs) ? undefined : `${path} has other symbols in the registry`;
  if (ours.kind === 'fixed' && theirs.kind === 'fixed')
    return ours.size === theirs.size ? undefined : differs;
  return ours.kind === theirs.kind ? undefined : differs;
}

const nameOf = (node: SchemaNode): string => ('name' in node ? node.name : '');

const sameSymbols = (a: SchemaNode & { kind: 'enum' }, b: SchemaNode & { kind: 'enum' }): boolean =>
  a.symbols.length === b.symbols.length && a.symbols.every((symbol, i) => symbol === b.symbols[i]);
