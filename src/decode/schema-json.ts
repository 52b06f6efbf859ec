import type { FieldNode, SchemaNode } from '../flow/schema-node.ts';

type Json = Record<string, unknown>;

/** Attributes of a logical type as they are written, by the shape that has them. */
export type LogicalAttributes = WeakMap<SchemaNode, Readonly<Json>>;

/**
 * A shape as a self-contained Avro schema: names are full names, each type is defined at its first
 * place.
 */
export function schemaJson(root: SchemaNode, logical: LogicalAttributes): unknown {
  const defined = new Set<SchemaNode>();

  const named = (
    shape: SchemaNode & { name: string },
    space: string,
    more: (inner: string) => Json,
  ): unknown => {
    if (defined.has(shape)) return shape.name;
    defined.add(shape);
    const own = spaceOf(shape.name);
    const json: Json = { name: shape.name, type: shape.kind };
    // Inside of a namespace, a name without one would be taken for one of it.
    if (own === '' && space !== '') json['namespace'] = '';
    return { ...json, ...more(own), ...logical.get(shape) };
  };

  const visit = (shape: SchemaNode, space: string): unknown => {
    switch (shape.kind) {
      case 'record':
        return named(shape, space, (inner) => ({
          fields: shape.fields.map((field) => ({ ...head(field, visit(field.shape, inner)) })),
          ...attributes(shape),
        }));
      case 'enum':
        return named(shape, space, () => ({
          symbols: shape.symbols,
          ...attributes(shape),
          ...(shape.default === undefined ? {} : { default: shape.default }),
        }));
      case 'fixed':
        return named(shape, space, () => ({ size: shape.size, ...attributes(shape) }));
      case 'array':
        return { type: 'array', items: visit(shape.items, space) };
      case 'map':
        return { type: 'map', values: visit(shape.values, space) };
      case 'union':
        return shape.branches.map((branch) => visit(branch, space));
      default: {
        const more = logical.get(shape);
        return more === undefined ? shape.kind : { type: shape.kind, ...more };
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

// TypeScript's library does not know it yet; Node does since 21.
const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => unknown };

/** A default with all digits of its longs. */
function plain(json: unknown): unknown {
  if (typeof json === 'bigint') return rawJSON(String(json));
  if (Array.isArray(json)) return json.map(plain);
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, plain(value)]));
}
