import { protectedPaths } from '../config/carried.ts';
import type { Settings } from '../config/settings.ts';
import type { CarryTarget } from '../decode/carry-steps.ts';
import {
  hashing,
  keepingLast,
  protectedType,
  unprotectable,
  type ProtectedField,
} from '../encode/protected-fields.ts';
import type { CarriedType } from '../encode/score-schema.ts';
import type { Problem } from '../errors.ts';

type Output = Settings['output'];

/** The types of the carried fields in the output. */
export function outputTypes(
  types: readonly CarriedType[],
  { carry }: Pick<Output, 'carry'>,
): readonly CarriedType[] {
  const own = protectedPaths(carry);
  return types.map((type) =>
    own.has(type.path) ? { ...type, schema: protectedType(type.nullable) } : type,
  );
}

/** The carried fields that are hashed or masked; `problems` gets those that cannot be. */
export function protectedFields(
  targets: readonly CarryTarget[],
  { carry, hashKey }: Pick<Output, 'carry' | 'hashKey'>,
  problems: Problem[],
): readonly ProtectedField[] {
  const own = protectedPaths(carry);
  return targets.flatMap(({ path, node }, slot): ProtectedField[] => {
    const protection = own.get(path);
    if (protection === undefined) return [];
    const masked = 'keepLast' in protection;
    const why = unprotectable(node, masked);
    if (why !== undefined) {
      const what = `${path} cannot be protected: ${why}`;
      problems.push({ code: 'CONTRACT_TYPE', what, where: 'output.carry' });
      return [];
    }
    const conceal = masked ? keepingLast(protection.keepLast) : hashing(hashKey ?? '');
    return [{ slot, node, conceal }];
  });
}
