/** Thrown with the reason why a schema is not valid Avro. */
export class SchemaError extends Error {}

const PRIMITIVES = [
  'null',
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'bytes',
  'string',
] as const;
export type Primitive = (typeof PRIMITIVES)[number];

/** The place of a type: its namespace, its depth, and its path for messages. */
export interface Place {
  readonly space: string;
  readonly depth: number;
  readonly where: string;
}

/**
 * Names that a path can have. Avro allows ASCII letters, digits and _; Java and the registries
 * accept any letter.
 */
const NAME = /^[^\s.[\]"']+$/u;

export function simpleName(name: unknown, place: Place): string {
  if (typeof name !== 'string') throw problem(place, 'a name is missing');
  if (!NAME.test(name)) throw problem(place, `${JSON.stringify(name)} is not a valid name`);
  return name;
}

export function definedName(
  { name, namespace }: Readonly<Record<string, unknown>>,
  place: Place,
): string {
  if (typeof name !== 'string') throw problem(place, 'a type has no name');
  const simple = simpleName(name.slice(name.lastIndexOf('.') + 1), place);
  if (name.includes('.')) return qualified(name, '');
  if (isPrimitive(simple)) throw problem(place, `a type cannot be named ${simple}`);
  return qualified(simple, typeof namespace === 'string' ? namespace : place.space);
}

/** The full name. A name with a dot is a full name, and a dot at the start means no namespace. */
export function qualified(name: string, space: string): string {
  if (name.includes('.')) return name.replace(/^\./, '');
  return space === '' ? name : `${space}.${name}`;
}

export const isPrimitive = (type: unknown): type is Primitive =>
  PRIMITIVES.includes(type as Primitive);

export const into = ({ space, depth, where }: Place, step: string): Place => ({
  space,
  depth: depth + 1,
  where: where === '' ? step : `${where}.${step}`,
});

export const problem = ({ where }: Place, what: string): SchemaError =>
  new SchemaError(where === '' ? what : `${where}: ${what}`);
