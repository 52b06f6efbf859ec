import avro from 'avsc';
import type { Type } from 'avsc';
import type { Shape } from '../flow/shape.ts';
import { parseSchema } from './avro-shape.ts';

const SHAPES = new WeakMap<object, Shape>();

/**
 * Options for the registry client, which has avsc parse what it fetches: ours is put in the place of that, as avsc refuses
 * schemas that registries take. The client only passes the type on, and wants it to have a name.
 */
export const AVRO_OPTIONS = {
  typeHook: (
    schema: unknown,
    options: { readonly referencedSchemas?: readonly { readonly schema: unknown }[] },
  ): Type => {
    const references = options.referencedSchemas ?? [];
    const shape = parseSchema(schema, references.map((reference) => reference.schema)); // prettier-ignore
    const type = avro.Type.forSchema({ type: 'fixed', name: 'Fetched', size: 0 });
    SHAPES.set(type, shape);
    return type;
  },
} as const;

/** The shape of a schema that the client parsed with these options. */
export function shapeOf(type: Type): Shape {
  return SHAPES.get(type)!;
}
