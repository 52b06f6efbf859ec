import { join } from 'node:path';
import { bundleStamp } from '../infer/bundle-stamp.ts';
import { resolveVersion } from '../infer/bundle.ts';
import type { VersionStore } from '../rollout/version-store.ts';

/** The versions in a folder that is mounted, synchronised, or filled by hand. */
export function folderVersions(dir: string): VersionStore {
  return {
    async find(wanted) {
      const version = await resolveVersion(dir, wanted);
      return { version, stamp: await bundleStamp(join(dir, version)) };
    },
    fetch: ({ version }) => Promise.resolve(join(dir, version)),
  };
}
