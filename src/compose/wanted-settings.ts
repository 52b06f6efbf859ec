import type { Settings } from '../config/settings.ts';
import { ScorerError, type Problem } from '../errors.ts';
import type { Logger } from '../observe/logger.ts';

/** Reads the configuration again; undefined if it has not changed since the last time. */
export type Reload = () => Promise<Settings | undefined>;

/** What the configuration says of the model and may change while the program runs. */
const LIVE = [
  'champion',
  'canary',
  'challenger',
  'challengerTopic',
  'sha256',
] as const satisfies readonly (keyof Settings['model'])[];

/** A refused policy is tried again after this time, and then each time after twice as long. */
const FIRST_RETRY_MS = 10_000;
const LAST_RETRY_MS = 600_000;

interface Refused {
  readonly settings: Settings;
  readonly said: string;
  readonly waitMs: number;
  readonly until: number;
}

/** A problem, or an error without a code. */
type Unexpected = Pick<Problem, 'what'> & Partial<Problem>;

/** Lets the policy of these settings decide. Returns its problems if it cannot. */
export type DecideBy = (settings: Settings) => Promise<readonly Problem[]>;

/**
 * The current configuration. `refresh` reads it again if its file has changed. Only `decision` and
 * the keys of `LIVE` have an effect while the program runs. Other changes are reported and need a
 * restart. A policy that cannot decide does not become a part of it. It is tried again from time to
 * time, because the reason may disappear without another change: a list, a topic, a newer schema.
 */
export class WantedSettings {
  readonly #reload: Reload;
  readonly #logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  readonly #decideBy: DecideBy;
  readonly #now: () => number;
  readonly #rest: string;
  #current: Settings;
  #refused: Refused | undefined;
  #refreshed: Promise<unknown> = Promise.resolve();

  constructor(
    settings: Settings,
    reload: Reload,
    logger: Pick<Logger, 'info' | 'warn' | 'error'>,
    decideBy: DecideBy,
    now: () => number = Date.now,
  ) {
    this.#now = now;
    this.#decideBy = decideBy;
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

  /**
   * The section `decision` from now on: the newer one if it can decide, else the earlier one. It is
   * also passed on where it is the same again, so that the refusal of another one ends.
   */
  async #decision(newer: Settings): Promise<Pick<Settings, 'decision'>> {
    const { decision } = this.#current;
    const same = JSON.stringify(newer.decision) === JSON.stringify(decision);
    const problems = await this.#problemsOf(newer);
    const before = this.#refused?.settings === newer ? this.#refused : undefined;
    this.#refused = undefined;
    if (same) return sectionOf(newer);
    const policy = newer.decision?.policy ?? null;
    if (problems.length === 0) {
      this.#logger.info({ policy }, 'the changed policy decides from now on');
      return sectionOf(newer);
    }
    const said = JSON.stringify(problems);
    const waitMs = Math.min(2 * (before?.waitMs ?? FIRST_RETRY_MS / 2), LAST_RETRY_MS);
    this.#refused = { settings: newer, said, waitMs, until: this.#now() + waitMs };
    if (said !== before?.said)
      for (const { code, what, where } of problems)
        this.#logger.error(
          { ...(code !== undefined && { code, where }), policy },
          `the changed policy cannot decide, and the earlier one continues: ${what}`,
        );
    return sectionOf(this.#current);
  }

  /** An error that nobody expects refuses the policy as a problem does. */
  async #problemsOf(newer: Settings): Promise<readonly Unexpected[]> {
    try {
      return await this.#decideBy(newer);
    } catch (error) {
      if (error instanceof ScorerError) throw error;
      return [{ what: error instanceof Error ? error.message : String(error) }];
    }
  }

  /** Tries a refused policy again, if it is time. */
  async #again(): Promise<void> {
    if (this.#refused === undefined || this.#now() < this.#refused.until) return;
    const { decision: _either, ...rest } = this.#current;
    this.#current = { ...rest, ...(await this.#decision(this.#refused.settings)) };
  }

  async #refresh(): Promise<void> {
    try {
      const newer = await this.#reload();
      if (newer === undefined) {
        await this.#again();
        return;
      }
      if (restOf(newer) !== this.#rest)
        this.#logger.warn(
          `the configuration has changed; without a restart only decision, ${NAMES} have an effect`,
        );
      for (const key of LIVE) this.#tell(key, this.#current.model[key], newer.model[key]);
      const { decision: _either, ...rest } = newer;
      this.#current = { ...rest, ...(await this.#decision(newer)) };
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

const sectionOf = ({ decision }: Settings): Pick<Settings, 'decision'> =>
  decision === undefined ? {} : { decision };

/** Everything that needs a restart. */
function restOf(settings: Settings): string {
  const live = Object.fromEntries(LIVE.map((key) => [key, undefined]));
  const { decision: _live, ...others } = settings;
  return JSON.stringify({ ...others, model: { ...settings.model, ...live } });
}
