import type { z } from 'zod';
import { findConflicts } from './conflicts.ts';
import { flatten, toFindings, type Finding } from './findings.ts';
import { schema, type Written } from './schema.ts';
import { plainYaml } from '../runtime/plain-yaml.ts';
import { copyOf, formatPath, PathSet, replaceAt, valueAt, type Path } from './tree.ts';

export type Validated =
  | { readonly written: Written }
  /** The problems, and the tree that was checked. */
  | { readonly findings: readonly Finding[]; readonly tree: unknown };

/** Values without a definite type. */
export interface Undecided {
  /**
   * Text from the environment or a file. It becomes a number or a boolean if the schema wants one.
   */
  readonly texts: readonly Path[];
  /**
   * The text of a value that was read as YAML from the command line. It is used if the schema wants
   * a string.
   */
  readonly raw: readonly { readonly path: Path; readonly text: string }[];
}

/**
 * Checks the tree against the schema, and its sections against each other. Finds all problems at
 * once.
 */
export function validate(tree: unknown, undecided: Undecided): Validated {
  const fitted = fit(tree, undecided);
  const result = schema.safeParse(fitted);
  const conflicts = findConflicts(fitted);
  if (result.success && conflicts.length === 0) return { written: result.data };
  return {
    findings: [...toFindings(result.error?.issues ?? [], fitted), ...conflicts],
    tree: fitted,
  };
}

/**
 * Gives these values the type that the schema wants, so `"0123"` is a password here and a port
 * number there.
 */
function fit(tree: unknown, { texts, raw }: Undecided): unknown {
  const issues = flatten(schema.safeParse(tree).error?.issues ?? []);
  if (issues.length === 0) return tree;
  const whole = new PathSet(texts);
  const written = new Map(raw.map(({ path, text }) => [formatPath(path), text]));
  const fitted = copyOf(tree);
  for (const issue of issues) {
    const path = issue.path as Path;
    const wanted = expected(issue);
    const text = written.get(formatPath(path));
    if (wanted.includes('string') && text !== undefined) {
      replaceAt(fitted, path, text);
    } else if (path.length > 0 && whole.has(path)) {
      const value = plainYaml(String(valueAt(tree, path))).tree;
      const kind = typeof value;
      const asked =
        kind === 'number'
          ? wanted.includes('number') || wanted.includes('int')
          : wanted.includes(kind);
      if (asked && kind !== 'object') replaceAt(fitted, path, value);
    }
  }
  return fitted;
}

function expected(issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'invalid_type') return [issue.expected];
  if (issue.code === 'invalid_union') return issue.errors.flat().flatMap(expected);
  return [];
}
