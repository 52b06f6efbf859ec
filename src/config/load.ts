import { readFile as readTextFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { ScorerError, type Problem } from '../errors.ts';
import { withEnvironment } from './environment.ts';
import type { Finding } from './findings.ts';
import { interpolate } from './interpolate.ts';
import { isSecret } from './keys.ts';
import { override, placeOf } from './overrides.ts';
import { compile, type Settings } from './settings.ts';
import { formatPath, PathSet, withoutNulls, type Path } from './tree.ts';
import { unknownNulls } from './unknown-nulls.ts';
import { withPolicyFile } from './policy-file.ts';
import { remainder } from './remainder.ts';
import { validate } from './validate.ts';
import { parseYaml } from './yaml-source.ts';

export interface LoadConfigOptions {
  /** The configuration file, absolute or relative to `cwd`. */
  readonly file: string;
  /** `path=value` each, values in YAML; later ones win. */
  readonly sets?: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /**
   * Relative paths start here, except in `${file:PATH}`: those start at the folder of the
   * configuration file.
   */
  readonly cwd: string;
  readonly readFile?: (path: string) => Promise<string>;
}

export interface LoadedConfig {
  readonly settings: Settings;
  /** As it was given. */
  readonly file: string;
}

/** A configuration, and what is wrong with it. */
export interface ExaminedConfig {
  readonly file: string;
  readonly problems: readonly Problem[];
  /**
   * The configuration without the wrong parts, if enough is left to examine. As it is written, if
   * nothing is wrong.
   */
  readonly settings: Settings | undefined;
  /** Sections with a mistake. They do not say what was meant. */
  readonly doubtful: ReadonlySet<string>;
}

/**
 * Reads, overrides, interpolates, validates and compiles the configuration. Throws a ScorerError
 * with every problem that was found: CONFIG_NOT_FOUND, CONFIG_SYNTAX, CONFIG_VARIABLE, CONFIG_FILE,
 * CONFIG_INVALID, CONFIG_NOT_SUPPORTED.
 */
export async function loadConfig(options: LoadConfigOptions): Promise<LoadedConfig> {
  const { settings, problems, file } = await examineConfig(options);
  if (problems.length > 0 || settings === undefined) throw new ScorerError(problems);
  return { settings, file };
}

/**
 * The same for a caller that also examines the rest if something is wrong. Throws only if nothing
 * can be read.
 */
export async function examineConfig({
  file,
  sets = [],
  env,
  cwd,
  readFile = (path) => readTextFile(path, 'utf8'),
}: LoadConfigOptions): Promise<ExaminedConfig> {
  const location = resolve(cwd, file);
  const source = parseYaml(await readConfig(location, file, readFile), file);
  const overridden = override('tree' in source ? withEnvironment(source.tree, env) : {}, sets);
  if ('problems' in source) throw new ScorerError([...source.problems, ...overridden.problems]);

  const folder = dirname(location);
  const interpolated = await interpolate(overridden.tree, {
    env,
    readFile: (path) => readFile(resolve(folder, path)),
    isSecret: (path) => isSecret(overridden.tree, path),
  });
  const policy = await withPolicyFile(interpolated.tree, { cwd, env, readFile });
  const validated = validate(withoutNulls(policy.tree) ?? {}, {
    texts: [...interpolated.whole, ...policy.whole],
    raw: overridden.overrides,
  });

  const given = new PathSet(overridden.overrides.map(({ path }) => path));
  const where = (path: Path): string => {
    if (given.covers(path)) return placeOf(path);
    if (policy.source !== undefined && path[0] === 'decision' && path[1] !== 'file') {
      const { name, lineOf } = policy.source;
      const inside = path.slice(1);
      return `${name}:${lineOf(inside) ?? 1}${inside.length === 0 ? '' : ` ${formatPath(inside)}`}`;
    }
    const line = source.lineOf(path);
    const place = line === undefined ? file : `${file}:${line}`;
    return path.length === 0 ? place : `${place} ${formatPath(path)}`;
  };
  const unresolved = [...interpolated.unresolved, ...policy.findings];
  // The value of a missing variable is unknown, so nothing else is reported about its key.
  const unknown = new PathSet([
    ...unresolved.map(({ path }) => path),
    ...(policy.lost ? [['decision', 'bands']] : []),
  ]);
  const nulls = unknownNulls(policy.tree);
  const findings = [...nulls, ...('findings' in validated ? validated.findings : [])].filter(
    ({ path }) => !unknown.covers(path) && !unknown.isAbove(path),
  );
  const problems = [
    ...overridden.problems,
    ...policy.problems,
    ...[...unresolved, ...findings].map(({ path, ...problem }: Finding): Problem => ({
      ...problem,
      where: where(path),
    })),
  ];
  const doubtful = new Set([...unresolved, ...findings].map(({ path }) => String(path[0] ?? '')));
  if (policy.problems.length > 0) doubtful.add('decision');
  if (problems.length === 0 && 'written' in validated) {
    return { settings: compile(validated.written, cwd), file, problems, doubtful };
  }
  const tree = 'tree' in validated ? validated.tree : withoutNulls(policy.tree);
  const rest =
    overridden.problems.length > 0 ? undefined : remainder(tree, [...unresolved, ...findings]);
  return { settings: rest && compile(rest, cwd), file, problems, doubtful };
}

async function readConfig(
  location: string,
  file: string,
  readFile: (path: string) => Promise<string>,
): Promise<string> {
  try {
    return await readFile(location);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code;
    const what =
      reason === 'ENOENT'
        ? 'the file does not exist'
        : `the file cannot be read (${reason ?? 'unreadable'})`;
    throw new ScorerError({ code: 'CONFIG_NOT_FOUND', what, where: file });
  }
}
