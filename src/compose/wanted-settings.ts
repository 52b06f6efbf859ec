import type { Settings } from '../config/settings.ts';
import { ScorerError } from '../errors.ts';
import type { Logger } from '../observe/logger.ts';

/** Reads the configuration again; undefined if it has not changed since the last time. */
export type Reload = () => Promise<Settings | undefined>;

/** What the configuration says of the model and may change while the program runs. */
const LIVE = [
  'champion',
  'canary',
  'challenger',
  'challengerTopic',
] as const satisfies readonly (keyof Settings['model'])[];

/**
 * The current configuration. `refresh` reads it again if its file has changed. Only the keys of
 * `LIVE`, and `decision` where somebody takes it, have an effect while the program runs. Other
 * changes are reported and need a restart.
 */
export class WantedSettings {
  readonly #reload: Reload;
  readonly #logger: Pick<Logger, 'info' | 'warn'>;
  readonly #rest: string;
  #current: Settings;
  #refreshed: Promise<unknown> = Promise.resolve();

  constructor(settings: Settings, reload: Reload, logger: Pick<Logger, 'info' | 'warn'>) {
    this.#current = settings;
    this.#rest = restOf(settings);
    this.#reload = reload;
    this.#logger = logger;
  }

  /** As it was last read. */
  get current(): Settings {
    return this.#current;
  }

  /** As it is now. Calls at the same time wait for each other. */
  async refresh(): Promise<Settings> {
    const mine = this.#refreshed.then(() => this.#refresh());
    this.#refreshed = mine.catch(() => undefined);
    await mine;
    return this.#current;
  }

  #tell(key: string, before: unknown, after: unknown): void {
    if (JSON.stringify(before) === JSON.stringify(after)) return;
    const value = after ?? null;
    this.#logger.info({ [key]: value }, `the configuration has another value of model.${key}`);
  }

  async #refresh(): Promise<void> {
    try {
      const newer = await this.#reload();
      if (newer === undefined) return;
      if (restOf(newer) !== this.#rest)
        this.#logger.warn(
          `the configuration has changed; without a restart only ${NAMES} have an effect`,
        );
      for (const key of LIVE) this.#tell(key, this.#current.model[key], newer.model[key]);
      this.#current = newer;
    } catch (error) {
      if (!(error instanceof ScorerError)) throw error;
      const [problem] = error.problems;
      this.#logger.warn(
        { code: error.code, where: problem?.where },
        `the changed configuration is not valid; the service continues with the earlier one: ${problem?.what}`,
      );
    }
  }
}

const NAMES = LIVE.map((key) => `model.${key}`).join(', ');

/** Everything that needs a restart. */
function restOf(settings: Settings): string {
  const live = Object.fromEntries(LIVE.map((key) => [key, undefined]));
  return JSON.stringify({ ...settings, model: { ...settings.model, ...live } });
}
