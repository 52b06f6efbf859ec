import { branchesOf, fieldOf } from './path.ts';
import { allowsNull, type Found, type SchemaNode } from './schema-node.ts';

/**
 * The type of a field that is carried, which may be put together of several: follows a dotted path
 * through records, nullable records and unions of records, of which each has to have the field, by
 * its name or an alias. Undefined where it leads nowhere.
 */
export function findCarried(root: SchemaNode, path: string): Found | undefined {
  let at: readonly SchemaNode[] = [root];
  let underNullable = false;
  for (const step of path.split('.')) {
    underNullable ||= at.some(allowsNull);
    const fields = at.flatMap(branchesOf).map((shape) => {
      return shape.kind === 'record' ? fieldOf(shape, step) : undefined;
    });
    if (fields.length === 0 || fields.includes(undefined)) return undefined;
    at = [...new Set(fields.map((field) => field!.shape))];
  }
  const shape = at.length === 1 ? at[0]! : together(at);
  return { shape, underNullable, nullable: underNullable || allowsNull(shape) };
}

/** A union that stands in no schema: the same type of several branches counts once. */
export function together(shapes: readonly SchemaNode[]): SchemaNode {
  const flat = shapes.flatMap((shape) => (shape.kind === 'union' ? shape.branches : [shape]));
  const branches = [
    ...new Map(flat.map((shape) => [JSON.stringify(shape.schema()), shape])).values(),
  ];
  if (branches.length === 1) return branches[0]!;
  return { kind: 'union', branches, schema: () => branches.map((branch) => branch.schema()) };
}
