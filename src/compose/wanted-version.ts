import type { Settings } from '../config/settings.ts';
import { ScorerError } from '../errors.ts';
import type { Logger } from '../observe/logger.ts';

/** Reads the configuration again; undefined if it has not changed since the last time. */
export type Reload = () => Promise<Settings | undefined>;

/**
 * The version that the current configuration names. Only `model.champion` has an effect while the
 * program runs. Other changes are reported and need a restart.
 */
export function wantedVersion(
  settings: Settings,
  reload: Reload,
  logger: Pick<Logger, 'info' | 'warn'>,
): () => Promise<string> {
  const others = (of: Settings): string =>
    JSON.stringify({ ...of, model: { ...of.model, champion: undefined } });
  const atStart = others(settings);
  let champion = settings.model.champion;
  return async () => {
    try {
      const newer = await reload();
      if (newer === undefined) return champion;
      if (others(newer) !== atStart)
        logger.warn(
          'the configuration has changed; without a restart only model.champion has an effect',
        );
      if (newer.model.champion !== champion)
        logger.info(
          { champion: newer.model.champion },
          'the configuration names another version of the model',
        );
      champion = newer.model.champion;
    } catch (error) {
      if (!(error instanceof ScorerError)) throw error;
      const [problem] = error.problems;
      logger.warn(
        { code: error.code, where: problem?.where },
        `the changed configuration is not valid; the service continues with the earlier one: ${problem?.what}`,
      );
    }
    return champion;
  };
}
