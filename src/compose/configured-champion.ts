import type { Settings } from '../config/settings.ts';
import { ScorerError } from '../errors.ts';
import { findChampion, readChampion, type FoundChampion } from './champion.ts';
import { versionStoreOf } from './version-store-of.ts';

export interface ConfiguredOptions {
  /** Asks no source elsewhere: only the cache. */
  readonly offline?: boolean;
  /** Hears what a person should know, although the work continues. */
  readonly note: (what: string) => void;
  readonly signal: AbortSignal;
}

/** The version that decides by the configuration, for a command that does not run for long. */
export async function configuredChampion(
  settings: Settings,
  { offline = false, note, signal }: ConfiguredOptions,
): Promise<FoundChampion> {
  const { champion: wanted } = settings.model;
  try {
    const store = await versionStoreOf(settings, { warn: note });
    if (offline && store.kept !== undefined) {
      const found = await store.kept(wanted);
      if (found === undefined) throw nothingCached(wanted);
      return { ...(await readChampion(store, found, signal)), found };
    }
    const champion = await findChampion(store, wanted, signal);
    if (champion.away !== undefined) note(fromCache(champion));
    return champion;
  } catch (error) {
    if (!(error instanceof ScorerError)) throw error;
    return { bundle: undefined, problems: error.problems };
  }
}

/** That the source is away, and which version is used instead. */
export function fromCache({ found, away }: FoundChampion): string {
  return `version ${found?.version} of the model comes from the cache: ${away?.what}`;
}

function nothingCached(wanted: string): ScorerError {
  return new ScorerError({
    code: 'MODEL_NOT_FOUND',
    what: `the cache has no version for ${wanted}, and --offline asks no source`,
    where: 'model.cacheDir',
    remedy: 'Run the command without --offline once: it downloads the version.',
  });
}
