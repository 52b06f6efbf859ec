import { flatten, type Finding } from './findings.ts';
import { schema, type Written } from './schema.ts';
import { copyOf, isBranch, type Path } from './tree.ts';

/**
 * Stands where a key is needed that is missing or wrong; nobody looks at what such a section names.
 */
const PLACEHOLDERS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  kafka: { brokers: ['missing:9092'] },
  schemaRegistry: { url: 'http://missing' },
  input: { topics: ['missing'] },
  output: { topic: 'missing-scores' },
  model: { dir: 'missing' },
};

/**
 * What is left of a configuration without what is wrong in it, so that `check` can look at the rest
 * as well: keys are left out where they are wrong, lists as a whole, and sections where that is not
 * enough. Undefined where nothing holds.
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

/** Deletes a key; an entry of a list with its list, as the places of the others would change. */
function leaveOut(tree: Record<string, unknown>, path: Path): void {
  const list = path.findIndex((key) => typeof key === 'number');
  const keys = list === -1 ? path : path.slice(0, list);
  let at: unknown = tree;
  for (const key of keys.slice(0, -1)) at = isBranch(at) ? at[key] : undefined;
  const last = keys.at(-1);
  if (last !== undefined && isBranch(at)) Reflect.deleteProperty(at, last);
}
