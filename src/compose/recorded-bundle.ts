import type { Section } from '../audit/evidence.ts';
import type { Settings } from '../config/settings.ts';
import type { Bundle } from '../infer/bundle.ts';
import { configuredChampion } from './configured-champion.ts';

/** A version as score records name it. */
export interface RecordedVersion {
  readonly version: string;
  readonly sha256: string;
}

/** The bundle of a version that score records name, or why it is not at hand. */
export async function recordedBundle(
  { version, sha256 }: RecordedVersion,
  settings: Settings,
  signal: AbortSignal,
): Promise<Section<Bundle>> {
  const named = { ...settings, model: { ...settings.model, champion: version } };
  const { bundle, problems } = await configuredChampion(named, { note: () => undefined, signal });
  if (bundle === undefined) return { notAvailable: problems[0]?.what ?? 'it is not there' };
  const own = bundle.description.sha256;
  if (own === sha256) return { available: bundle };
  return { notAvailable: `version ${version} is another model by now: its sha256 is ${own}` };
}
