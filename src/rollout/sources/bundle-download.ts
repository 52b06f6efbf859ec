import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ScorerError } from '../../errors.ts';
import type { Downloaded } from './download.ts';
import { isSafeName } from './file-names.ts';
import type { FilesOf, NamedFile } from './model-source.ts';

/** Downloads one file of a bundle by its name; undefined: the source has none of this name. */
export type DownloadFile = (name: string, to: string) => Promise<Downloaded | undefined>;

export interface BundleDownload {
  /** What is downloaded, for a message. */
  readonly what: string;
  readonly where: string;
  readonly download: DownloadFile;
  readonly filesOf: FilesOf;
  /** The sha256 of model.yaml, if it is pinned. */
  readonly sha256?: string;
}

const MODEL_YAML = 'model.yaml';

/**
 * Downloads model.yaml, and then the files that it names, and no others. Each one must have the
 * checksum that model.yaml has for it.
 */
export async function downloadBundle(
  { what, where, download, filesOf, sha256 = '' }: BundleDownload,
  folder: string,
): Promise<void> {
  const yamlFile = join(folder, MODEL_YAML);
  const described = await download(MODEL_YAML, yamlFile);
  if (described === undefined) {
    throw new ScorerError({
      code: 'MODEL_INVALID',
      what: `${what} is not a bundle: it has no model.yaml`,
      where,
      remedy:
        'Put a folder there that holds model.yaml and the files that it names. `stream-scorer init` drafts model.yaml from an ONNX file. What mlflow.onnx.log_model writes does not say how events become tensors.',
    });
  }
  compare({ name: MODEL_YAML, sha256 }, described, where);
  for (const file of filesOf(await readFile(yamlFile, 'utf8'))) {
    if (file.name === '') continue; // model.yaml is not valid, which is reported when it is read
    if (!isSafeName(file.name)) throw unsafe(file.name, where);
    const to = join(folder, file.name);
    await mkdir(dirname(to), { recursive: true });
    const done = await download(file.name, to);
    if (done === undefined) {
      throw new ScorerError({
        code: 'MODEL_NOT_FOUND',
        what: `${what} has no file ${file.name}, which its model.yaml names`,
        where,
        remedy: 'Put the file beside model.yaml.',
      });
    }
    compare(file, done, where);
  }
}

function compare({ name, sha256 }: NamedFile, done: Downloaded, where: string): void {
  if (sha256 === '' || sha256 === done.sha256) return;
  throw new ScorerError({
    code: 'MODEL_CHECKSUM',
    what: `the checksum of ${name} is ${done.sha256}, not ${sha256}`,
    where,
  });
}

function unsafe(name: string, where: string): ScorerError {
  return new ScorerError({
    code: 'MODEL_INVALID',
    what: `model.yaml names the file ${JSON.stringify(name)}, which is not inside of the bundle`,
    where,
  });
}
