import type { Settings } from '../config/settings.ts';
import type { VersionStore } from '../rollout/version-store.ts';
import { folderVersions } from './folder-versions.ts';
import type { SourceObserver } from './source-observer.ts';

/**
 * Where the configuration says that the versions of the model come from. `current`: as it is now,
 * which may have the checksums of further versions.
 */
export async function versionStoreOf(
  { model }: Settings,
  observer: SourceObserver = {},
  current: () => Settings['model'] = () => model,
): Promise<VersionStore> {
  if (model.source === undefined) return folderVersions(model.dir!);
  // Only who needs a source loads it.
  return (await import('./source-versions.ts')).sourceVersions(
    model,
    model.source,
    observer,
    current,
  );
}
