import { unknownKey, type Finding } from './findings.ts';
import { rulesAt } from './keys.ts';
import { isBranch, withoutNulls, type Path } from './tree.ts';

/**
 * A key without a value counts as missing, so the schema never sees it. An unknown key without a
 * value is reported here.
 */
export function unknownNulls(tree: unknown, path: Path = [], root: unknown = tree): Finding[] {
  if (Array.isArray(tree))
    return tree.flatMap((entry, i) => unknownNulls(entry, [...path, i], root));
  if (!isBranch(tree)) return [];
  return Object.entries(tree).flatMap(([key, value]) => {
    const place = [...path, key];
    if (rulesAt(root, place).length > 0) return unknownNulls(value, place, root);
    const isToldHere =
      withoutNulls(value) === null &&
      rulesAt(root, path).some((rule) => rule.properties !== undefined);
    return isToldHere ? [unknownKey(root, path, key)] : [];
  });
}
