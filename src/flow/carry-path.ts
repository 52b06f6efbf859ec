import { branchesOf, fieldOf } from './path.ts';
import { allowsNull, type Found, type SchemaNode } from './schema-node.ts';

/**
 * The type of a carried field. It may combine the types of several branches. The dotted path goes
 * through records, nullable records and unions of records. Each of these records must have the
 * field, by its name or an alias. Undefined if the path does not exist.
 */
export function findCarried(root: SchemaNode, path: string): Found | undefined {
  let at: readonly SchemaNode[] = [root];
  let underNullable = false;
  for (const step of path.split('.')) {
    underNullable ||= at.some(allowsNull);
    const fields = at.flatMap(branchesOf).map((node) => {
      return node.kind === 'record' ? fieldOf(node, step) : undefined;
    });
    if (fields.length === 0 || fields.includes(undefined)) return undefined;
    at = [...new Set(fields.map((field) => field!.node))];
  }
  const node = at.length === 1 ? at[0]! : unionOf(at);
  return { node, underNullable, nullable: underNullable || allowsNull(node) };
}

/** A union that is not part of a schema. Equal types of several branches count once. */
export function unionOf(nodes: readonly SchemaNode[]): SchemaNode {
  const flat = nodes.flatMap((node) => (node.kind === 'union' ? node.branches : [node]));
  const branches = [...new Map(flat.map((node) => [JSON.stringify(node.schema()), node])).values()];
  if (branches.length === 1) return branches[0]!;
  return { kind: 'union', branches, schema: () => branches.map((branch) => branch.schema()) };
}
