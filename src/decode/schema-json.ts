import type { FieldNode, SchemaNode } from '../flow/schema-node.ts';

type Json = Record<string, unknown>;

/** The written attributes of a logical type, by their node. */
export type LogicalAttributes = WeakMap<SchemaNode, Readonly<Json>>;

/**
 * A node as a self-contained Avro schema: all names are full names, and each type is defined at its
 * first place.
 */
export function schemaJson(root: SchemaNode, logical: LogicalAttributes): unknown {
  const defined = new Set<SchemaNode>();

  const named = (
    node: SchemaNode & { name: string },
    space: string,
    more: (inner: string) => Json,
  ): unknown => {
    if (defined.has(node)) return node.name;
    defined.add(node);
    const own = spaceOf(node.name);
    const json: Json = { name: node.name, type: node.kind };
    // In a namespace, a name without one would be read as a name in it.
    if (own === '' && space !== '') json['namespace'] = '';
    return { ...json, ...more(own), ...logical.get(node) };
  };

  const visit = (node: SchemaNode, space: string): unknown => {
    switch (node.kind) {
      case 'record':
        return named(node, space, (inner) => ({
          fields: node.fields.map((field) => ({ ...head(field, visit(field.node, inner)) })),
          ...attributes(node),
        }));
      case 'enum':
        return named(node, space, () => ({
          symbols: node.symbols,
          ...attributes(node),
          ...(node.default === undefined ? {} : { default: node.default }),
        }));
      case 'fixed':
        return named(node, space, () => ({ size: node.size, ...attributes(node) }));
      case 'array':
        return { type: 'array', items: visit(node.items, space) };
      case 'map':
        return { type: 'map', values: visit(node.values, space) };
      case 'union':
        return node.branches.map((branch) => visit(branch, space));
      default: {
        const more = logical.get(node);
        return more === undefined ? node.kind : { type: node.kind, ...more };
      }
    }
  };
  return visit(root, '');
}

function head({ name, aliases, doc, order, ...field }: FieldNode, type: unknown): Json {
  return {
    name,
    type,
    ...(field.defaultBytes === undefined ? {} : { default: plain(field.default) }),
    ...(order === undefined ? {} : { order }),
    ...attributes({ aliases, ...(doc === undefined ? {} : { doc }) }),
  };
}

function attributes({
  aliases,
  doc,
}: {
  readonly aliases: readonly string[];
  readonly doc?: string;
}): Json {
  return { ...(aliases.length === 0 ? {} : { aliases }), ...(doc === undefined ? {} : { doc }) };
}

export const spaceOf = (name: string): string => name.slice(0, Math.max(name.lastIndexOf('.'), 0));

// The types of TypeScript do not have it yet; Node.js does since version 21.
const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => unknown };

/** A default with all digits of its longs. */
function plain(json: unknown): unknown {
  if (typeof json === 'bigint') return rawJSON(String(json));
  if (Array.isArray(json)) return json.map(plain);
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, plain(value)]));
}
