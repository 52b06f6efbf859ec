import { eventField } from '../decide/event-field.ts';
import { pathOfKey } from '../decide/compile-policy.ts';
import type { KeyType } from '../decide/lists/list-entry.ts';
import type { ListSettings } from '../flow/policy-settings.ts';
import type { SchemaNode } from '../flow/schema-node.ts';

/** The reader's schema of each input topic. */
export type Readers = ReadonlyMap<string, SchemaNode>;

/** Which keys the field of a list can have. Whether there is such a field is said elsewhere. */
export function keyTypeOf({ key }: ListSettings, readers: Readers): KeyType {
  const path = pathOfKey(key);
  const isInteger = [...readers.values()].some((event) => {
    const field = eventField(event, path);
    return 'type' in field && field.type === 'int';
  });
  return isInteger ? 'int' : 'string';
}
