import type { FieldNode, SchemaNode } from './schema-node.ts';

/**
 * Changed copies of the types of a schema, with everything that follows from the change. The room
 * that knows Avro creates them.
 */
export interface Reshape {
  /** The type with its own schema text: a plain copy would keep the text from before the change. */
  readonly type: <T extends SchemaNode>(node: T) => T;
  /**
   * The field with another type, and its default as bytes of that type. Undefined if the default
   * does not fit.
   */
  readonly field: (field: FieldNode, node: SchemaNode) => FieldNode | undefined;
}
