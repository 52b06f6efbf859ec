import type { SchemaNode } from '../flow/schema-node.ts';

/**
 * Which values of a writer have none of these types (full names, or earlier names of the reader's
 * types): all, none, or those of some branches of the union at its top.
 */
export function othersIn(
  writer: SchemaNode,
  types: readonly string[],
  reader: SchemaNode,
): 'all' | 'none' | readonly boolean[] {
  const former = (reader.kind === 'union' ? reader.branches : [reader]).flatMap((node) => {
    const aliases = 'aliases' in node ? node.aliases : [];
    return 'name' in node && types.includes(node.name) ? aliases : [];
  });
  const isOther = (node: SchemaNode): boolean =>
    node.kind !== 'record' || !(types.includes(node.name) || former.includes(node.name));
  if (writer.kind !== 'union') return isOther(writer) ? 'all' : 'none';
  const others = writer.branches.map(isOther);
  return others.includes(true) ? (others.includes(false) ? others : 'all') : 'none';
}

/** The branch at the start of a union value at the top, or -1 if it needs more than one byte. */
export function branchAt(bytes: Buffer, at: number, end: number): number {
  const first = at < end ? bytes[at]! : 1;
  return first < 0x80 && (first & 1) === 0 ? first >> 1 : -1;
}
