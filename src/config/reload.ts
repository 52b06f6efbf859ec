import { stat } from 'node:fs/promises';
import type { Settings } from './settings.ts';

/**
 * Loads the configuration again if its file has changed since the last time; undefined if it has
 * not. Rejects like `load`, once for each change. Files and variables that it refers to
 * (`${file:PATH}`, the environment) are not watched.
 */
export function reloadWhereChanged(
  location: string,
  load: () => Promise<Settings>,
): () => Promise<Settings | undefined> {
  let last = stampOf(location);
  return async () => {
    const before = await last;
    last = stampOf(location);
    return (await last) === before ? undefined : load();
  };
}

async function stampOf(location: string): Promise<string> {
  const file = await stat(location).catch(() => undefined);
  return `${file?.ino} ${file?.size} ${file?.mtimeMs}`;
}
