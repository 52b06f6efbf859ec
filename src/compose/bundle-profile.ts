import { join } from 'node:path';
import { ScorerError, type Problem } from '../errors.ts';
import type { Bundle } from '../infer/bundle.ts';
import { readProfile } from '../monitor/profile-file.ts';
import type { Profile } from '../monitor/profile.ts';

/**
 * The profile that model.yaml names, or what is wrong with it. The distribution of its scores is
 * that of one model file.
 */
export async function readBundleProfile({
  folder,
  description,
}: Bundle): Promise<{ profile: Profile | undefined; problems: readonly Problem[] }> {
  if (description.profile === undefined) return { profile: undefined, problems: [] };
  const file = join(folder, description.profile);
  try {
    const profile = await readProfile(file);
    const { version, sha256 } = profile.model;
    // A wrong checksum of the model is another problem, which is already reported.
    if (description.sha256 === '' || sha256 === description.sha256)
      return { profile, problems: [] };
    const what = `the profile belongs to another model (version ${version}, sha256 ${sha256.slice(0, 12)})`;
    return { profile: undefined, problems: [{ code: 'MODEL_PROFILE', what, where: file }] };
  } catch (error) {
    if (!(error instanceof ScorerError)) throw error;
    return { profile: undefined, problems: error.problems };
  }
}
