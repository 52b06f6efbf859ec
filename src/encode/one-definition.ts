import type { SchemaNode } from '../flow/schema-node.ts';
import { differenceOf } from './as-registered.ts';

/**
 * A name that types of these define in two ways: a schema can hold one of them. Undefined where
 * there is none.
 */
export function definedTwice(shapes: readonly SchemaNode[]): string | undefined {
  const known = new Map<string, SchemaNode>();
  const seen = new Set<SchemaNode>();
  const visit = (shape: SchemaNode): string | undefined => {
    if (seen.has(shape)) return undefined;
    seen.add(shape);
    if ('name' in shape) {
      const other = known.get(shape.name);
      // What is the same as a whole is the same in its parts.
      if (other !== undefined)
        return differenceOf(other, shape) === undefined ? undefined : shape.name;
      known.set(shape.name, shape);
    }
    for (const inner of innerOf(shape)) {
      const name = visit(inner);
      if (name !== undefined) return name;
    }
    return undefined;
  };
  return shapes.map(visit).find((name) => name !== undefined);
}

function innerOf(shape: SchemaNode): readonly SchemaNode[] {
  switch (shape.kind) {
    case 'record':
      return shape.fields.map((field) => field.shape);
    case 'union':
      return shape.branches;
    case 'array':
      return [shape.items];
    case 'map':
      return [shape.values];
    default:
      return [];
  }
}
