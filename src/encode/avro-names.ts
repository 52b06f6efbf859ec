type Json = Record<string, unknown>;

const PRIMITIVE = new Set(['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string']);
const COMPLEX = new Set(['record', 'error', 'enum', 'fixed', 'array', 'map']);

/** Keys of a schema that contain schemas. */
const INSIDE = new Set(['type', 'fields', 'items', 'values']);

/** The name that a schema defines. A field also has a name, but does not define a type. */
function definedName({ type, name }: Json): string | undefined {
  return (type === 'record' || type === 'enum' || type === 'fixed') && typeof name === 'string'
    ? name
    : undefined;
}

/**
 * A carried type with full names everywhere. A type without a namespace gets ours, as if it stood
 * in our record. A type with the name of one of our records (`taken`) gets a namespace below ours.
 * The result does not depend on what else is carried.
 */
export function inNamespace(
  schema: unknown,
  namespace: string,
  taken: (name: string) => boolean,
): unknown {
  const rename = (name: string): string => {
    const short = name.startsWith(`${namespace}.`) ? name.slice(namespace.length + 1) : name;
    if (short.includes('.')) return name;
    return `${namespace}.${taken(short) ? `event.${short}` : short}`;
  };
  const visit = (node: unknown): unknown => {
    if (typeof node === 'string')
      return PRIMITIVE.has(node) || COMPLEX.has(node) ? node : rename(node);
    if (Array.isArray(node)) return node.map(visit);
    if (typeof node !== 'object' || node === null) return node;
    const name = definedName(node as Json);
    const { namespace: own, ...rest } = node as Json & { namespace?: string };
    const full = name === undefined || name.includes('.') || !own ? name : `${own}.${name}`;
    const entries = Object.entries(rest).map(([key, value]) => {
      if (key === 'name') return [key, full === undefined ? value : rename(full)];
      if (key === 'fields')
        return [key, (value as Json[]).map((field) => ({ ...field, type: visit(field['type']) }))];
      return [key, INSIDE.has(key) ? visit(value) : value];
    });
    return Object.fromEntries(entries) as Json;
  };
  return visit(schema);
}

/**
 * Two carried fields may share a named type. Avro defines it at its first place and refers to it at
 * the others.
 */
export function defineOnce(
  schema: unknown,
  namespace: string,
  defined = new Set<string>(),
): unknown {
  if (Array.isArray(schema)) return schema.map((entry) => defineOnce(entry, namespace, defined));
  if (typeof schema !== 'object' || schema === null) return schema;
  const name = definedName(schema as Json);
  if (name !== undefined) {
    const own = (schema as { namespace?: string }).namespace;
    const space = own ?? namespace;
    const full = name.includes('.') || space === '' ? name : `${space}.${name}`;
    if (defined.has(full)) return full;
    defined.add(full);
  }
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [
      key,
      INSIDE.has(key) ? defineOnce(value, namespace, defined) : value,
    ]),
  );
}
