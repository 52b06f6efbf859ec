import type { SchemaNode } from '../flow/schema-node.ts';
import { differenceOf } from './as-registered.ts';

/**
 * A name that these types define in two ways, although a schema can have only one definition.
 * Undefined if there is none.
 */
export function definedTwice(nodes: readonly SchemaNode[]): string | undefined {
  const known = new Map<string, SchemaNode>();
  const seen = new Set<SchemaNode>();
  const visit = (node: SchemaNode): string | undefined => {
    if (seen.has(node)) return undefined;
    seen.add(node);
    if ('name' in node) {
      const other = known.get(node.name);
      // Equal types have equal parts.
      if (other !== undefined)
        return differenceOf(other, node) === undefined ? undefined : node.name;
      known.set(node.name, node);
    }
    for (const inner of innerOf(node)) {
      const name = visit(inner);
      if (name !== undefined) return name;
    }
    return undefined;
  };
  return nodes.map(visit).find((name) => name !== undefined);
}

function innerOf(node: SchemaNode): readonly SchemaNode[] {
  switch (node.kind) {
    case 'record':
      return node.fields.map((field) => field.node);
    case 'union':
      return node.branches;
    case 'array':
      return [node.items];
    case 'map':
      return [node.values];
    default:
      return [];
  }
}
