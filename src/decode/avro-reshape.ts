import type { Reshape } from '../flow/reshape.ts';
import { owningText } from './avro-node.ts';
import { Defaults } from './default-bytes.ts';

/**
 * Changes Avro types. The text of a type and the bytes of a default depend on the inner types, so
 * they change with them.
 */
export const avroReshape: Reshape = {
  type: owningText,
  field(field, node) {
    if (field.defaultBytes === undefined) return { ...field, node };
    const defaultBytes = new Defaults().bytesOf(node, field.default);
    return defaultBytes === undefined ? undefined : { ...field, node, defaultBytes };
  },
};
