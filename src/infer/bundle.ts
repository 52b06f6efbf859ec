import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ScorerError, type Problem } from '../errors.ts';
import { nearest } from '../runtime/nearest.ts';
import { isFile } from './bundle-files.ts';
import type { ModelDescription } from './model-description.ts';
import { examineModelYaml } from './model-yaml.ts';

/** A version of a model on disk: the description from model.yaml, and the model file. */
export interface Bundle {
  readonly version: string;
  readonly folder: string;
  readonly modelFile: string;
  readonly yamlFile: string;
  readonly description: ModelDescription;
  /** The open TODO comments of a draft. */
  readonly todos: readonly string[];
  /**
   * The problems of model.yaml. If there are any, `description` is only its valid part, for further
   * checks, and is never used to score.
   */
  readonly invalid: readonly Problem[];
  /** Keys of model.yaml with a mistake, so their meaning is not known. */
  readonly doubtful: ReadonlySet<string>;
}

/** The first line of a model.yaml that `init` writes, and the start of its TODO comments. */
const DRAFTED = 'Drafted by `stream-scorer init`';
const TODO = /#\s*TODO (.+)$/gm;

/**
 * The versions below `dir`: its folders with a model.yaml, oldest first by natural order (2 before
 * 10).
 */
export async function listVersions(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch((error: unknown) => {
    throw noFolder(dir, (error as NodeJS.ErrnoException).code);
  });
  const names = entries
    .filter((entry) => !entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => entry.name);
  const bundles = await Promise.all(names.map((name) => isFile(join(dir, name, 'model.yaml'))));
  const versions = names.filter((_, i) => bundles[i]);
  // Loading the rules of a language takes longer than everything else here.
  return versions.length < 2
    ? versions
    : versions.sort(new Intl.Collator('en', { numeric: true }).compare);
}

/** `dir` is absolute here, so the message shows where the program looked, but not why. */
function noFolder(dir: string, reason: string | undefined): ScorerError {
  const missing = reason === 'ENOENT' || reason === 'ENOTDIR';
  const what = missing
    ? `the folder ${dir} does not exist`
    : `the folder ${dir} cannot be read (${reason ?? 'unreadable'})`;
  const remedy =
    'Create the folder, and put each version into a folder of its own below it, with a model.yaml in it. A relative model.dir starts at the working directory of the program, not at the folder of the configuration file.';
  return new ScorerError({
    code: 'MODEL_NOT_FOUND',
    what,
    where: 'model.dir',
    ...(missing ? { remedy } : {}),
  });
}

/** The folder for `latest` or for the name of a version. */
export async function resolveVersion(dir: string, wanted: string): Promise<string> {
  const versions = await listVersions(dir);
  const found =
    wanted === 'latest' ? versions.at(-1) : versions.find((version) => version === wanted);
  if (found !== undefined) return found;
  if (await isFile(join(dir, 'model.yaml'))) {
    throw new ScorerError({
      code: 'MODEL_NOT_FOUND',
      what: `${dir} is a model bundle, not a folder of versions`,
      where: 'model.dir',
      remedy: `Move its files into a version folder such as ${join(dir, '1')}.`,
    });
  }
  const near = nearest(wanted, versions);
  throw new ScorerError({
    code: 'MODEL_NOT_FOUND',
    what:
      versions.length === 0
        ? `${dir} has no version: none of its folders has a model.yaml`
        : `${dir} has no version ${wanted}; it has ${versions.join(', ')}`,
    where: wanted === 'latest' ? 'model.dir' : 'model.champion',
    ...(near === undefined ? {} : { remedy: `Did you mean ${near}?` }),
  });
}

/**
 * Reads the model.yaml of a version in its folder. Throws MODEL_NOT_FOUND, or MODEL_INVALID if nothing of it can
 * be read.
 */
export async function readBundle(folder: string, version: string): Promise<Bundle> {
  const yamlFile = join(folder, 'model.yaml');
  const text = await readFile(yamlFile, 'utf8').catch(() => undefined);
  if (text === undefined) {
    throw new ScorerError({
      code: 'MODEL_NOT_FOUND',
      what: 'model.yaml does not exist or cannot be read',
      where: yamlFile,
    });
  }
  const { description, doubtful, problems: invalid } = examineModelYaml(text, yamlFile);
  const todos = text.includes(DRAFTED) ? [...text.matchAll(TODO)].map(([, todo]) => todo!) : [];
  const modelFile = join(folder, description.file);
  return { version, folder, modelFile, yamlFile, description, todos, invalid, doubtful };
}

/** The bundle without its checksums: to find further problems, and never to score. */
export function asItIs(bundle: Bundle): Bundle {
  const files = Object.fromEntries(Object.keys(bundle.description.files).map((name) => [name, '']));
  return { ...bundle, description: { ...bundle.description, sha256: '', files } };
}
