import type { Readers } from '../compose/key-type.ts';
import { openOfflineLists } from '../compose/offline-lists.ts';
import type { Settings } from '../config/settings.ts';
import { ScorerError, type Problem } from '../errors.ts';

/** What was found of the lists of the policy. */
export interface FoundLists {
  readonly lines: readonly string[];
  readonly problems: readonly Problem[];
}

/** Reads each list as it is now. Offline, those in topics are left out. */
export async function lookAtLists(
  { decision, ...settings }: Settings,
  readers: Readers,
  offline: boolean,
): Promise<FoundLists> {
  if (decision?.lists === undefined) return { lines: [], problems: [] };
  const lists = decision.lists.filter(({ topic }) => !offline || topic === undefined);
  try {
    const ofLists = { ...settings, decision: { ...decision, lists } };
    const { value, stop } = await openOfflineLists(ofLists, readers);
    const lines = value.all.flatMap(({ name, list: { size, position, trouble } }) => [
      `list           ${name}: ${size} ${size === 1 ? 'key' : 'keys'} (${position === '' ? 'empty' : position})\n`,
      ...(trouble === undefined ? [] : [`  warning: ${trouble}\n`]),
    ]);
    await stop();
    return { lines, problems: [] };
  } catch (error) {
    if (!(error instanceof ScorerError)) throw error;
    return { lines: [], problems: error.problems };
  }
}
