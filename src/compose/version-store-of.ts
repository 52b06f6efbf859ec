import type { Settings } from '../config/settings.ts';
import type { VersionStore } from '../rollout/version-store.ts';
import { folderVersions } from './folder-versions.ts';

/** Where the configuration says that the versions of the model come from. */
export function versionStoreOf({ model }: Settings): VersionStore {
  return folderVersions(model.dir);
}
