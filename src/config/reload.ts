import { stat } from 'node:fs/promises';
import type { Settings } from './settings.ts';

/**
 * Loads the configuration again if its file has changed since the last time; undefined if it has
 * not. Rejects like `load`, once for each change. `also`: other files that are part of it, such as
 * that of the policy; one that appears here later counts as changed. Files and variables that it
 * refers to (`${file:PATH}`, the environment) are not watched.
 */
export function reloadWhereChanged(
  location: string,
  load: () => Promise<Settings>,
  also: () => readonly string[] = () => [],
): () => Promise<Settings | undefined> {
  const stamp = async (): Promise<string> =>
    String(await Promise.all([location, ...also()].map(stampOf)));
  let last = stamp();
  return async () => {
    const before = await last;
    last = stamp();
    return (await last) === before ? undefined : load();
  };
}

async function stampOf(location: string): Promise<string> {
  const file = await stat(location).catch(() => undefined);
  return `${file?.ino} ${file?.size} ${file?.mtimeMs}`;
}
