import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Bundle } from '../../src/infer/bundle.ts';
import type { ModelDescription } from '../../src/infer/model-description.ts';

const DATA = resolve('test/models/data');

/** The models that make_basic.py writes. */
export type BasicModel =
  | 'matrix'
  | 'columns'
  | 'flat'
  | 'double'
  | 'integers'
  | 'text'
  | 'logarithm'
  | 'zipmap'
  | 'image'
  | 'half'
  | 'halves'
  | 'byte'
  | 'window'
  | 'single'
  | 'four'
  | 'unequal'
  | 'summed'
  | 'custom'
  | 'future'
  | 'beside'
  | 'quantised'
  | 'open'
  | 'wide'
  | 'softmax-down'
  | 'less-the-least'
  | 'running'
  | 'normalised'
  | 'dropout'
  | 'labelled'
  | 'dropping'
  | 'hanging'
  | 'renamed'
  | 'table'
  | 'positive'
  | 'sigmoid';

export const modelFile = (model: BasicModel): string => join(DATA, `${model}.onnx`);
export const modelBytes = (model: BasicModel): Buffer => readFileSync(modelFile(model));
export const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** A bundle as it is after reading, around a model file. */
export function bundleOf(file: string, description: Partial<ModelDescription> = {}): Bundle {
  return {
    version: '7',
    folder: dirname(file),
    modelFile: file,
    yamlFile: 'model.yaml',
    todos: [],
    invalid: [],
    doubtful: new Set(),
    description: {
      file,
      sha256: existsSync(file) ? sha256Of(readFileSync(file)) : '',
      files: {},
      inputs: [],
      outputs: {},
      golden: undefined,
      profile: undefined,
      background: undefined,
      labels: {},
      batchDependent: false,
      warmup: [1, 5],
      ...description,
    },
  };
}

/**
 * Writes a bundle's folder below `dir`; `yaml` is more of model.yaml, and may give another
 * checksum.
 */
export async function writeBundle(dir: string, version: string, yaml = ''): Promise<string> {
  const folder = join(dir, version);
  const bytes = modelBytes('matrix');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'model.onnx'), bytes);
  const sha256 = yaml.includes('sha256:') ? '' : `sha256: ${sha256Of(bytes)}\n`;
  const file = yaml.includes('file:') ? '' : 'file: model.onnx\n';
  await writeFile(join(folder, 'model.yaml'), `${file}${sha256}inputs: { features: [a, b, c] }\n${yaml}`);
  return folder;
}
