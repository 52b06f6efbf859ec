import type { z } from 'zod';
import { findConflicts } from './conflicts.ts';
import { flatten, toFindings, type Finding } from './findings.ts';
import { schema, type Written } from './schema.ts';
import { plainYaml } from '../runtime/plain-yaml.ts';
import { copyOf, formatPath, PathSet, replaceAt, valueAt, type Path } from './tree.ts';

export type Validated =
  | { readonly written: Written }
  /** What is wrong, and the tree that was looked at. */
  | { readonly findings: readonly Finding[]; readonly tree: unknown };

/** Values whose kind the writer did not choose. */
export interface Undecided {
  /** Texts from the environment or a file: a number or boolean where the schema wants one. */
  readonly texts: readonly Path[];
  /**
   * The text behind a value that was read as YAML from the command line: used where the schema
   * wants a text.
   */
  readonly raw: readonly { readonly path: Path; readonly text: string }[];
}

/**
 * Checks the tree against the schema and its sections against each other; finds everything at once.
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
 * Gives undecided values the kind the schema asks for, so that `"0123"` is a password here and a
 * port number there.
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
