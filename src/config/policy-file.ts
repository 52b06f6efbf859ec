import { dirname, resolve } from 'node:path';
import type { Problem } from '../errors.ts';
import type { Finding } from './findings.ts';
import { interpolate, type Lookup } from './interpolate.ts';
import { isBranch, type Path } from './tree.ts';
import { parseYaml, type Source } from './yaml-source.ts';

/** The keys of `decision` from a file of their own (`decision.file`). */
export interface PolicyFile {
  /** The tree with them in the section. */
  readonly tree: unknown;
  /** Values that are exactly one variable, by their paths in the tree. */
  readonly whole: readonly Path[];
  readonly findings: readonly Finding[];
  readonly problems: readonly Problem[];
  /** The file as it was named, and its lines. Undefined if there is none, or it is not valid. */
  readonly source: ({ readonly name: string } & Source) | undefined;
  /** There is such a file, but its keys are not known. */
  readonly lost: boolean;
}

export interface PolicyLookup extends Pick<Lookup, 'env'> {
  /** The file that `decision.file` names is relative to this folder. */
  readonly cwd: string;
  readonly readFile: (path: string) => Promise<string>;
}

/** Puts the keys of the file that `decision.file` names into the section. */
export async function withPolicyFile(
  tree: unknown,
  { cwd, env, readFile }: PolicyLookup,
): Promise<PolicyFile> {
  const found = { tree, whole: [], findings: [], problems: [], source: undefined, lost: false };
  const section = isBranch(tree) ? tree['decision'] : undefined;
  const name = isBranch(section) ? section['file'] : undefined;
  if (typeof name !== 'string' || name === '') return found;
  const beside = Object.keys(section as object).filter((key) => key !== 'file');
  const findings = beside.map((key): Finding => ({
    code: 'CONFIG_INVALID',
    path: ['decision', key],
    what: 'must not be set beside decision.file: the file has the whole section',
    remedy: `Move it to ${name}, or remove decision.file.`,
  }));
  const location = resolve(cwd, name);
  let text: string;
  try {
    text = await readFile(location);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    const what = `the file ${name} cannot be read (${reason})`;
    const remedy = 'Name a file that exists and is readable.';
    return {
      ...found,
      lost: true,
      findings: [{ code: 'CONFIG_FILE', path: ['decision', 'file'], what, remedy }, ...findings],
    };
  }
  const source = parseYaml(text, name);
  if ('problems' in source) return { ...found, findings, problems: source.problems, lost: true };
  if (!isBranch(source.tree) || Object.hasOwn(source.tree, 'file')) {
    const what = isBranch(source.tree)
      ? `the file ${name} names another file`
      : `the file ${name} does not hold a section`;
    const remedy = 'Write the keys policy, bands, segments, rules and lists into it.';
    return {
      ...found,
      lost: true,
      findings: [{ code: 'CONFIG_INVALID', path: ['decision', 'file'], what, remedy }, ...findings],
    };
  }
  const {
    tree: inserted,
    whole,
    unresolved,
  } = await interpolate(source.tree, {
    env,
    readFile: (path) => readFile(resolve(dirname(location), path)),
  });
  const below = (path: Path): Path => ['decision', ...path];
  return {
    tree: { ...(tree as object), decision: { file: name, ...(inserted as object) } },
    whole: whole.map(below),
    findings: [...findings, ...unresolved.map((one) => ({ ...one, path: below(one.path) }))],
    problems: [],
    source: { name, ...source },
    lost: false,
  };
}
