import { rename, writeFile } from 'node:fs/promises';
import { plainYaml } from '../runtime/plain-yaml.ts';

/** The versions of the model by role. */
export interface Roles {
  readonly champion: string;
  readonly challenger: string;
}

/** Before the swap of the demo, and after it. */
export const BEFORE: Roles = { champion: '1', challenger: '2' };
export const AFTER: Roles = { champion: '2', challenger: '1' };

/** Nobody wants to wait for the swap. */
const WATCH_MS = 500;

interface Written {
  readonly model: object;
}

/**
 * Writes a configuration with these roles, as a whole: whoever reads it meanwhile sees the file of
 * before. `text` is the configuration without them. JSON is YAML.
 */
export async function writeConfig(file: string, text: string, roles: Roles): Promise<void> {
  const written = plainYaml(text).tree as Written;
  const config = { ...written, model: { ...written.model, ...roles, watchMs: WATCH_MS } };
  await writeFile(`${file}.new`, `${JSON.stringify(config, null, 2)}\n`);
  await rename(`${file}.new`, file);
}
