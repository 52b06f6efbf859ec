import { stringify } from 'yaml';
import { isSecret } from './keys.ts';
import type { Settings } from './settings.ts';
import { isBranch, type Path } from './tree.ts';

const MASK = '***';

/**
 * The effective configuration as YAML that could be a configuration file, with every secret as
 * `***`.
 */
export function printSettings(settings: Settings): string {
  return stringify(masked(settings, settings, []), { lineWidth: 0 });
}

function masked(settings: Settings, value: unknown, path: Path): unknown {
  if (isSecret(settings, path)) return MASK;
  if (Array.isArray(value)) return value.map((entry, i) => masked(settings, entry, [...path, i]));
  if (!isBranch(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, masked(settings, entry, [...path, key])]),
  );
}
