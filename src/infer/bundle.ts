import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ScorerError } from '../errors.ts';
import { nearest } from '../runtime/nearest.ts';
import { parseModelYaml, type ModelDescription } from './model-yaml.ts';

/** A version of a model on disk: what model.yaml says, and the file it was made with (its sha256 was compared). */
export interface Bundle {
  readonly version: string;
  readonly folder: string;
  readonly modelFile: string;
  readonly yamlFile: string;
  readonly description: ModelDescription;
}

/** The versions below `dir`: its folders with a model.yaml, oldest first by natural order (2 before 10). */
export async function listVersions(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => undefined);
  if (entries === undefined) {
    throw new ScorerError({ code: 'MODEL_NOT_FOUND', what: `the folder ${dir} is not there`, where: 'model.dir' });
  }
  const names = entries.filter((entry) => !entry.isFile() && !entry.name.startsWith('.')).map((entry) => entry.name);
  const bundles = await Promise.all(names.map((name) => isFile(join(dir, name, 'model.yaml'))));
  return names.filter((_, i) => bundles[i]).sort(new Intl.Collator('en', { numeric: true }).compare);
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

/** Reads a version and compares its checksum. Throws MODEL_NOT_FOUND, MODEL_INVALID or MODEL_CHECKSUM. */
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
  const description = parseModelYaml(text, yamlFile);
  const modelFile = join(folder, description.file);
  if (!(await isFile(modelFile))) {
    throw new ScorerError({
      code: 'MODEL_NOT_FOUND',
      what: `the file ${modelFile} is not there`,
      where: `${yamlFile} file`,
    });
  }
  await compare(modelFile, description.sha256, `${yamlFile} sha256`);
  for (const [name, sha256] of Object.entries(description.files)) {
    const file = join(folder, name);
    if (!(await isFile(file))) {
      throw new ScorerError({
        code: 'MODEL_NOT_FOUND',
        what: `the file ${file} is not there`,
        where: `${yamlFile} files`,
        remedy: `Copy ${name} from the export into the folder ${folder}.`,
      });
    }
    await compare(file, sha256, `${yamlFile} files.${name}`);
  }
  return { version, folder, modelFile, yamlFile, description };
}

async function compare(file: string, expected: string, where: string): Promise<void> {
  const sha256 = await checksum(file);
  if (sha256 === expected) return;
  throw new ScorerError({ code: 'MODEL_CHECKSUM', what: `the checksum of ${file} is ${sha256}`, where });
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
