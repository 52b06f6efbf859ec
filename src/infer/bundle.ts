import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ScorerError, type Problem } from '../errors.ts';
import { nearest } from '../runtime/nearest.ts';
import type { ModelDescription } from './model-description.ts';
import { examineModelYaml } from './model-yaml.ts';

/** A version of a model on disk: what model.yaml says, and the file it was made with. */
export interface Bundle {
  readonly version: string;
  readonly folder: string;
  readonly modelFile: string;
  readonly yamlFile: string;
  readonly description: ModelDescription;
  /** What a draft still asks a person to do, from its comments. */
  readonly todos: readonly string[];
  /** What is wrong in model.yaml: then `description` is what is left of it, to look on at the rest, and never to serve. */
  readonly invalid: readonly Problem[];
  /** Keys of model.yaml that do not say what was meant. */
  readonly doubtful: ReadonlySet<string>;
}

/** What `init` writes first in a model.yaml, and in front of what it cannot know. */
const DRAFTED = 'Drafted by `stream-scorer init`';
const TODO = /#\s*TODO (.+)$/gm;

/** The versions below `dir`: its folders with a model.yaml, oldest first by natural order (2 before 10). */
export async function listVersions(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch((error: unknown) => {
    throw noFolder(dir, (error as NodeJS.ErrnoException).code);
  });
  const names = entries.filter((entry) => !entry.isFile() && !entry.name.startsWith('.')).map((entry) => entry.name);
  const bundles = await Promise.all(names.map((name) => isFile(join(dir, name, 'model.yaml'))));
  return names.filter((_, i) => bundles[i]).sort(new Intl.Collator('en', { numeric: true }).compare);
}

/** `dir` is absolute by now: where it was looked for is plain, but not why. */
function noFolder(dir: string, reason: string | undefined): ScorerError {
  const missing = reason === 'ENOENT' || reason === 'ENOTDIR';
  const what = missing ? `the folder ${dir} is not there` : `the folder ${dir} cannot be read (${reason ?? 'unreadable'})`; // prettier-ignore
  const remedy = 'Put each version in a folder of its own below it, with a model.yaml inside. A relative model.dir starts from the working directory of the program, not from the folder of the configuration file.'; // prettier-ignore
  return new ScorerError({ code: 'MODEL_NOT_FOUND', what, where: 'model.dir', ...(missing ? { remedy } : {}) });
}

/** Which folder `latest` or a version's name means. */
export async function resolveVersion(dir: string, wanted: string): Promise<string> {
  const versions = await listVersions(dir);
  const found = wanted === 'latest' ? versions.at(-1) : versions.find((version) => version === wanted);
  if (found !== undefined) return found;
  if (await isFile(join(dir, 'model.yaml'))) {
    throw new ScorerError({
      code: 'MODEL_NOT_FOUND',
      what: `${dir} is a bundle itself, not a folder of versions`,
      where: 'model.dir',
      remedy: `Move its files into a version folder such as ${join(dir, '1')}.`,
    });
  }
  const near = nearest(wanted, versions);
  throw new ScorerError({
    code: 'MODEL_NOT_FOUND',
    what:
      versions.length === 0
        ? `${dir} has no version: no folder below it has a model.yaml`
        : `${dir} has no version ${wanted}; it has ${versions.join(', ')}`,
    where: wanted === 'latest' ? 'model.dir' : 'model.champion',
    ...(near === undefined ? {} : { remedy: `Did you mean ${near}?` }),
  });
}

/** Reads what model.yaml says of a version. Throws MODEL_NOT_FOUND, or MODEL_INVALID where nothing of it can be read. */
export async function readBundle(dir: string, version: string): Promise<Bundle> {
  const folder = join(dir, version);
  const yamlFile = join(folder, 'model.yaml');
  const text = await readFile(yamlFile, 'utf8').catch(() => undefined);
  if (text === undefined) {
    throw new ScorerError({
      code: 'MODEL_NOT_FOUND',
      what: 'model.yaml is not there or cannot be read',
      where: yamlFile,
    });
  }
  const { description, doubtful, problems: invalid } = examineModelYaml(text, yamlFile);
  const todos = text.includes(DRAFTED) ? [...text.matchAll(TODO)].map(([, todo]) => todo!) : [];
  const modelFile = join(folder, description.file);
  return { version, folder, modelFile, yamlFile, description, todos, invalid, doubtful };
}

/** What is wrong with a version's files. */
export interface FileProblems {
  /** Whether the model is there, be it another one than model.yaml names. */
  readonly model: boolean;
  readonly problems: readonly Problem[];
}

/**
 * Looks for all files of a version and compares their checksums: MODEL_NOT_FOUND and MODEL_CHECKSUM. `opened`: the model's file
 * was compared by who opened it.
 */
export async function lookAtFiles(
  { folder, modelFile, yamlFile, description }: Bundle,
  opened = false,
): Promise<FileProblems> {
  const problems: Problem[] = [];
  const named = description.file !== '';
  const model = opened || (named && (await isFile(modelFile)));
  if (model && !opened) problems.push(...(await compare(modelFile, description.sha256, `${yamlFile} sha256`)));
  if (named && !model) problems.push({ code: 'MODEL_NOT_FOUND', what: `the file ${modelFile} is not there`, where: `${yamlFile} file` }); // prettier-ignore
  for (const [name, sha256] of Object.entries(description.files)) {
    const file = join(folder, name);
    if (await isFile(file)) problems.push(...(await compare(file, sha256, `${yamlFile} files.${name}`)));
    else problems.push(missingFile(name, folder, yamlFile));
  }
  return { model, problems };
}

/** A file that model.yaml lists, and is not beside the model. */
export function missingFile(name: string, folder: string, yamlFile: string): Problem {
  return {
    code: 'MODEL_NOT_FOUND',
    what: `the file ${join(folder, name)} is not there`,
    where: `${yamlFile} files`,
    remedy: `Copy ${name} from the export into the folder ${folder}.`,
  };
}

/** The bundle, with whatever files are there: to tell what else is wrong, and never to serve it. */
export function asItIs(bundle: Bundle): Bundle {
  const files = Object.fromEntries(Object.keys(bundle.description.files).map((name) => [name, '']));
  return { ...bundle, description: { ...bundle.description, sha256: '', files } };
}

async function compare(file: string, expected: string, where: string): Promise<Problem[]> {
  if (expected === '') return []; // that it is not known is told
  try {
    const sha256 = await checksum(file);
    return sha256 === expected ? [] : [otherChecksum(file, sha256, expected, where)];
  } catch (error) {
    return [{ code: 'MODEL_UNREADABLE', what: `it cannot be read: ${(error as Error).message}`, where: file }];
  }
}

/** MODEL_CHECKSUM, with what the file has and what model.yaml says. */
export function otherChecksum(file: string, sha256: string, expected: string, where: string): Problem {
  return { code: 'MODEL_CHECKSUM', what: `the checksum of ${file} is ${sha256}, not ${expected}`, where };
}

/** The sha256 of a file, in hexadecimal digits. */
export async function checksum(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1024 * 1024 }), hash);
  return hash.digest('hex');
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}
