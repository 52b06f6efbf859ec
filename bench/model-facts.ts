import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** The folder of a model's version and how many columns it takes, for the heading of a table. */
export function describeModel(dir: string, version: string): string {
  const folder = join(dir, version);
  const { inputs } = parse(readFileSync(join(folder, 'model.yaml'), 'utf8')) as {
    inputs: Record<string, unknown[]>;
  };
  const features = Object.values(inputs).reduce((sum, columns) => sum + columns.length, 0);
  return `${folder}, ${features} features`;
}
