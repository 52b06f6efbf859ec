import { carriedPaths } from '../config/carried.ts';
import type { Settings } from '../config/settings.ts';
import type { SchemaRegistry } from '../decode/registry.ts';
import { ScorerError, type Problem } from '../errors.ts';
import type { ModelIdentity } from '../flow/scores.ts';
import type { Logger } from '../observe/logger.ts';
import { fittedOf, planTogether, remembering, type FittedModel } from './fitted-model.ts';
import { checkGolden } from './golden.ts';
import { keptReaders } from './kept-readers.ts';
import { scoreSchemaId } from './score-subject.ts';
import { makeScoringPlan, type ScoringPlan } from './scoring-plan.ts';
import { readersFrom } from './topic-readers.ts';

/** A plan, with the ids of its schemas in the registry. */
export interface RegisteredPlan {
  readonly plan: ScoringPlan;
  /** Of the schemas that the plan was made of. */
  readonly ids: readonly number[];
  /** Of the score records, by the plan. */
  readonly schemaId: number;
}

/** Why a version that does not decide is not in the plan; undefined: it is. */
export type LeftOut = (model: ModelIdentity, problems: readonly Problem[] | undefined) => void;

type Fitted = readonly [FittedModel, ...FittedModel[]];

export interface PlanRenewalOptions extends RegisteredPlan {
  /** The versions that are wanted in the plan, the champion first. Default: only the champion. */
  readonly versions?: Fitted | undefined;
  readonly onLeftOut?: LeftOut | undefined;
  readonly settings: Settings;
  readonly registry: SchemaRegistry;
  readonly now: () => number;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
}

/**
 * A rejected plan is tried again after a minute, and then each time after twice as long, up to an
 * hour.
 */
const FIRST_RETRY_MS = 60_000;
const LAST_RETRY_MS = 3_600_000;

/**
 * Renews the plan when the latest schemas of the events have changed. If the champion, its golden
 * events, the configuration or the registry do not accept the new schemas, the current plan stays,
 * and values that it cannot read become dead letters. If only another version does not accept them,
 * the plan is renewed without it. The reason may disappear (somebody changes the rule of a subject,
 * or registers its schema), so it is tried again from time to time.
 */
export class PlanRenewal {
  readonly #options: PlanRenewalOptions;
  #versions: Fitted;
  #current: RegisteredPlan;
  #ids: readonly number[];
  #refusal: { readonly said: string; readonly waitMs: number; at: number } | undefined;

  /** After this time, versions that are left out are tried again. */
  #othersWaitMs: number | undefined;

  constructor(options: PlanRenewalOptions) {
    this.#options = options;
    const { plan, ids, schemaId, versions = [fittedOf(plan)] } = options;
    this.#versions = versions;
    this.#current = { plan, ids, schemaId };
    this.#ids = ids;
  }

  get current(): RegisteredPlan {
    return this.#current;
  }

  /** Whether a rejected plan has to be tried again now; true once each time. */
  isDue(): boolean {
    const now = this.#options.now();
    if (this.#refusal === undefined || now < this.#refusal.at) return false;
    this.#refusal.at = now + this.#refusal.waitMs;
    return true;
  }

  /** Returns whether the plan has changed. `again`: also tries schemas that were rejected. */
  async renew(again: boolean): Promise<boolean> {
    const { settings, registry, logger } = this.#options;
    const { plan } = this.#current;
    const found = await readersFrom(registry)(settings);
    const { ids = [] } = found;
    if (found.problems.length > 0 || (!again && String(ids) === String(this.#ids))) return false;
    const problems: Problem[] = [];
    const readers = keptReaders(found.readers, plan.stream, carriedPaths(settings.output.carry));
    const [champion] = this.#versions;
    const alone = makeScoringPlan(settings, [champion.loaded], readers, problems);
    const id = alone && (await this.#registered(alone, problems));
    const changed = String(ids) !== String(this.#ids);
    this.#ids = ids;
    if (alone === undefined || id === undefined) {
      this.#refused(problems);
      return false;
    }
    this.#refusal = undefined;
    const newer = await this.#withOthers(alone);
    this.#current = { plan: newer, ids, schemaId: id };
    if (changed)
      logger.info(
        { schemas: ids, scoreSchema: id },
        'the subject has a newer schema; scoring continues with it',
      );
    return true;
  }

  /** The plan with those of the other versions that fit it, too. */
  async #withOthers(alone: ScoringPlan): Promise<ScoringPlan> {
    const { settings, onLeftOut, now } = this.#options;
    const { readers } = alone.stream;
    const [champion, ...others] = this.#versions;
    this.#versions = [{ ...champion, loaded: remembering(alone.versions[0]) }, ...others];
    if (others.length === 0) return alone;
    const fitting: FittedModel[] = [];
    for (const other of others) {
      const problems = await this.#unfit(other, readers);
      onLeftOut?.(other.loaded.model.identity, problems.length === 0 ? undefined : problems);
      if (problems.length === 0) fitting.push(other);
    }
    this.#othersWaitMs =
      fitting.length < others.length
        ? Math.min(2 * (this.#othersWaitMs ?? FIRST_RETRY_MS / 2), LAST_RETRY_MS)
        : undefined;
    if (this.#othersWaitMs !== undefined)
      this.#refusal = { said: '', waitMs: LAST_RETRY_MS, at: now() + this.#othersWaitMs };
    return planTogether(settings, readers, [this.#versions[0], ...fitting], []).plan!;
  }

  /** Whatever is wrong with a version that does not decide, its problems are only its own. */
  async #unfit(
    { loaded, goldenWriter }: FittedModel,
    readers: ScoringPlan['stream']['readers'],
  ): Promise<readonly Problem[]> {
    const { settings } = this.#options;
    const problems: Problem[] = [];
    try {
      const plan = makeScoringPlan(settings, [loaded], readers, problems);
      if (plan !== undefined) await checkGolden(plan, settings, goldenWriter);
      return problems;
    } catch (error) {
      if (error instanceof ScorerError) return error.problems;
      return [{ code: 'INTERNAL', what: error instanceof Error ? error.message : String(error) }];
    }
  }

  /** The id of the schema of its scores. Undefined, with `problems` added, if it is rejected. */
  async #registered(newer: ScoringPlan, problems: Problem[]): Promise<number | undefined> {
    const { settings, registry } = this.#options;
    const { plan, schemaId } = this.#current;
    const golden = (): Promise<number> =>
      checkGolden(newer, settings, this.#versions[0].goldenWriter);
    if ((await orProblems(problems, golden)) === undefined) return undefined;
    const { scoreSchema } = newer.stream;
    if (JSON.stringify(scoreSchema) === JSON.stringify(plan.stream.scoreSchema)) return schemaId;
    return orProblems(problems, () => scoreSchemaId(settings, registry, scoreSchema));
  }

  #refused(problems: readonly Problem[]): void {
    const { now, logger } = this.#options;
    const waitMs = Math.min(2 * (this.#refusal?.waitMs ?? FIRST_RETRY_MS / 2), LAST_RETRY_MS);
    const said = JSON.stringify(problems);
    if (said !== this.#refusal?.said) {
      for (const { code, what, where } of problems) {
        logger.warn(
          { code, where },
          `the subject has a newer schema that does not fit; scoring continues with the earlier one: ${what}`,
        );
      }
    }
    this.#refusal = { said, waitMs, at: now() + waitMs };
  }
}

/** A permanent error becomes a problem; a temporary one is thrown. */
async function orProblems<T>(problems: Problem[], work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ScorerError) || error.fate === 'retry') throw error;
    problems.push(...error.problems);
    return undefined;
  }
}
