import type { FieldNode, SchemaNode } from './schema-node.ts';

/**
 * Changed copies of a schema's types, with all that follows from the change. The room that knows
 * Avro makes them.
 */
export interface Reshape {
  /** The type with its own text as a schema: that of a copy would be the one before the change. */
  readonly type: <T extends SchemaNode>(node: T) => T;
  /**
   * The field with another type, and its default in the bytes of that; undefined where the default
   * does not fit.
   */
  readonly field: (field: FieldNode, node: SchemaNode) => FieldNode | undefined;
}
