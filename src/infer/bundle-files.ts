import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Problem } from '../errors.ts';
import type { ModelDescription } from './model-description.ts';

// Separate from the reader of model.yaml: a worker process needs only this, and starts without YAML
// and Zod.

/** The files of a bundle, and their checksums. */
interface Listed {
  readonly folder: string;
  readonly modelFile: string;
  readonly yamlFile: string;
  readonly description: Pick<ModelDescription, 'file' | 'sha256' | 'files'>;
}

/** What is wrong with a version's files. */
export interface FileProblems {
  /** Whether the model file exists, even if it is not the one that model.yaml names. */
  readonly model: boolean;
  readonly problems: readonly Problem[];
}

/**
 * Finds all files of a version and compares their checksums: MODEL_NOT_FOUND and MODEL_CHECKSUM.
 * `opened`: the caller that opened the model has already compared its file.
 */
export async function lookAtFiles(
  { folder, modelFile, yamlFile, description }: Listed,
  opened = false,
): Promise<FileProblems> {
  const problems: Problem[] = [];
  const named = description.file !== '';
  const model = opened || (named && (await isFile(modelFile)));
  if (model && !opened)
    problems.push(...(await compare(modelFile, description.sha256, `${yamlFile} sha256`)));
  if (named && !model)
    problems.push({
      code: 'MODEL_NOT_FOUND',
      what: `the file ${modelFile} does not exist`,
      where: `${yamlFile} file`,
    });
  for (const [name, sha256] of Object.entries(description.files)) {
    const file = join(folder, name);
    if (await isFile(file))
      problems.push(...(await compare(file, sha256, `${yamlFile} files.${name}`)));
    else problems.push(missingFile(name, folder, yamlFile));
  }
  return { model, problems };
}

/** A file that model.yaml lists, but that does not exist. */
export function missingFile(name: string, folder: string, yamlFile: string): Problem {
  return {
    code: 'MODEL_NOT_FOUND',
    what: `the file ${join(folder, name)} does not exist`,
    where: `${yamlFile} files`,
    remedy: `Copy ${name} from the export into the folder ${folder}.`,
  };
}

async function compare(file: string, expected: string, where: string): Promise<Problem[]> {
  if (expected === '') return []; // a missing checksum is already reported
  try {
    const sha256 = await checksum(file);
    return sha256 === expected ? [] : [otherChecksum(file, sha256, expected, where)];
  } catch (error) {
    return [
      {
        code: 'MODEL_UNREADABLE',
        what: `the file cannot be read: ${(error as Error).message}`,
        where: file,
      },
    ];
  }
}

/** MODEL_CHECKSUM, with the checksums of the file and of model.yaml. */
export function otherChecksum(
  file: string,
  sha256: string,
  expected: string,
  where: string,
): Problem {
  return {
    code: 'MODEL_CHECKSUM',
    what: `the checksum of ${file} is ${sha256}, not ${expected}`,
    where,
  };
}

/** The sha256 of a file, in hexadecimal digits. */
export async function checksum(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1024 * 1024 }), hash);
  return hash.digest('hex');
}

export async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}
