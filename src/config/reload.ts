import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Settings } from './settings.ts';

/** So long a changed file has to stay the same before it is read. */
const SETTLE_MS = 200;
/** After so many changes one after the other, the next look goes on. */
const MAX_CHANGES = 25;

/**
 * Loads the configuration again if its file has changed since the last time; undefined if it has
 * not. Rejects like `load`, once for each change. `also`: other files that are part of it, such as
 * that of the policy; one that appears here later counts as changed. Files and variables that it
 * refers to (`${file:PATH}`, the environment) are not watched.
 *
 * Half a file may be valid, such as a policy without its last rules. So what was read counts only
 * if the files stayed the same for a while before, and while they were read.
 */
export function reloadWhereChanged(
  location: string,
  load: () => Promise<Settings>,
  also: () => readonly string[] = () => [],
  settle: () => Promise<unknown> = () => sleep(SETTLE_MS),
): () => Promise<Settings | undefined> {
  const files = (): readonly string[] => [location, ...also()];
  let last = stampsOf(files());
  return async () => {
    const before = await last;
    const watched = files();
    let now = await stampsOf(watched);
    if (now === before) return undefined;
    const isStill = async (): Promise<boolean> => {
      const earlier = now;
      now = await stampsOf(watched);
      return now === earlier;
    };
    for (let changes = 0; changes < MAX_CHANGES; changes++) {
      await settle();
      if (!(await isStill())) continue;
      const [loaded] = await Promise.allSettled([load()]);
      if (!(await isStill())) continue;
      last = Promise.resolve(now);
      if (loaded.status === 'rejected') throw loaded.reason;
      return loaded.value;
    }
    return undefined;
  };
}

const stampsOf = async (files: readonly string[]): Promise<string> =>
  String(await Promise.all(files.map(stampOf)));

async function stampOf(location: string): Promise<string> {
  const file = await stat(location).catch(() => undefined);
  return `${file?.ino} ${file?.size} ${file?.mtimeMs}`;
}
