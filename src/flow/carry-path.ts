import { branchesOf, fieldOf } from './path.ts';
import { allowsNull, type Found, type Shape } from './shape.ts';

/** A field that is carried: its type, which may be put together of several, and the names that lead to it now. */
export interface FoundCarry extends Found {
  /** The path by the fields' own names, where it was given by aliases. */
  readonly from: string;
}

/**
 * Follows a dotted path through records, nullable records and unions of records, of which each has to have the field; a name
 * may be the alias of a field, as after it was renamed. Undefined where it leads nowhere.
 */
export function findCarried(root: Shape, path: string): FoundCarry | undefined {
  let at: readonly Shape[] = [root];
  let underNullable = false;
  const from: string[] = [];
  for (const step of path.split('.')) {
    underNullable ||= at.some(allowsNull);
    const fields = at.flatMap(branchesOf).map((shape) => {
      return shape.kind === 'record' ? fieldOf(shape, step) : undefined;
    });
    const [first] = fields;
    if (first === undefined || fields.some((field) => field?.name !== first.name)) return undefined;
    from.push(first.name);
    at = [...new Set(fields.map((field) => field!.shape))];
  }
  const shape = at.length === 1 ? at[0]! : together(at);
  return { shape, underNullable, nullable: underNullable || allowsNull(shape), from: from.join('.') };
}

/** A union that stands in no schema: the same type of several branches counts once. */
export function together(shapes: readonly Shape[]): Shape {
  const flat = shapes.flatMap((shape) => (shape.kind === 'union' ? shape.branches : [shape]));
  const branches = [...new Map(flat.map((shape) => [JSON.stringify(shape.schema()), shape])).values()];
  if (branches.length === 1) return branches[0]!;
  return { kind: 'union', branches, schema: () => branches.map((branch) => branch.schema()) };
}
