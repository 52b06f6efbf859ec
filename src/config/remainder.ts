import { flatten, type Finding } from './findings.ts';
import { schema, type Written } from './schema.ts';
import { copyOf, isBranch, type Path } from './tree.ts';

/** Replaces a required key that is missing or wrong. Nobody uses what such a section names. */
const PLACEHOLDERS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  kafka: { brokers: ['missing:9092'] },
  schemaRegistry: { url: 'http://missing' },
  input: { topics: ['missing'] },
  output: { topic: 'missing-scores' },
  model: { dir: 'missing' },
};

/**
 * The configuration without its mistakes, so `check` can examine the rest. A wrong key is removed,
 * a list is removed as a whole, and a section is removed if that is not enough. Undefined if
 * nothing is left.
 */
export function remainder(
  tree: unknown,
  findings: readonly Pick<Finding, 'path'>[],
): Written | undefined {
  if (!isBranch(tree)) return undefined;
  const left = copyOf(tree) as Record<string, unknown>;
  for (const { path } of findings) leaveOut(left, path);
  for (const depth of [Infinity, 1]) {
    const result = schema.safeParse(left);
    if (result.success) return result.data;
    for (const issue of flatten(result.error.issues))
      leaveOut(left, (issue.path as Path).slice(0, depth));
    for (const [section, needed] of Object.entries(PLACEHOLDERS)) {
      const written = left[section];
      left[section] = { ...needed, ...(isBranch(written) ? written : {}) };
    }
  }
  const result = schema.safeParse(left);
  return result.success ? result.data : undefined;
}

/**
 * Deletes a key. An entry of a list is deleted with its list, because the other indexes would
 * change.
 */
function leaveOut(tree: Record<string, unknown>, path: Path): void {
  const list = path.findIndex((key) => typeof key === 'number');
  const keys = list === -1 ? path : path.slice(0, list);
  let at: unknown = tree;
  for (const key of keys.slice(0, -1)) at = isBranch(at) ? at[key] : undefined;
  const last = keys.at(-1);
  if (last !== undefined && isBranch(at)) Reflect.deleteProperty(at, last);
}
