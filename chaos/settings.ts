import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';

export interface Settings {
  readonly [key: string]: unknown;
}

/**
 * What a run sets itself; settings that said otherwise would score something else, or go around the
 * proxy.
 */
const OURS: readonly (readonly string[])[] = [
  ['kafka', 'brokers'],
  ['schemaRegistry', 'url'],
  ['input'],
  ['output', 'topic'],
  ['deadLetter', 'topic'],
  ['delivery'],
  ['http', 'port'],
];

/** A part of a configuration, to be tried under faults. */
export async function readSettings(file: string): Promise<Settings> {
  const settings: unknown = parse(await readFile(file, 'utf8'));
  if (!isSettings(settings)) throw new RangeError(`${file} has to hold keys and values`);
  for (const path of OURS) {
    if (at(settings, path) !== undefined)
      throw new RangeError(`${file}: ${path.join('.')} is set by the run itself`);
  }
  return settings;
}

/**
 * The one with the other's keys put over it, level by level; lists and plain values are replaced.
 */
export function merged(below: Settings, above: Settings): Settings {
  const result: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const before = result[key];
    result[key] = isSettings(before) && isSettings(value) ? merged(before, value) : value;
  }
  return result;
}

function at(settings: Settings, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (isSettings(value) ? value[key] : undefined),
    settings,
  );
}

function isSettings(value: unknown): value is Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
