import type { Settings } from '../config/settings.ts';
import type { Problem } from '../errors.ts';
import type { VersionStore } from '../rollout/version-store.ts';
import { folderVersions } from './folder-versions.ts';

/** Hears about the source of the versions. */
export interface SourceObserver {
  /** Called after each request, with the problem if the source did not answer. */
  readonly onAnswer?: (problem: Problem | undefined) => void;
  /** What a person should know, although the work continues. */
  readonly warn?: (what: string) => void;
}

/** Where the configuration says that the versions of the model come from. */
export async function versionStoreOf(
  { model }: Settings,
  observer: SourceObserver = {},
): Promise<VersionStore> {
  if (model.source === undefined) return folderVersions(model.dir!);
  // Only who needs a source loads it.
  return (await import('./source-versions.ts')).sourceVersions(model, model.source, observer);
}
