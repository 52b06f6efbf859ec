import type { Settings } from '../config/settings.ts';
import type { SchemaRegistry } from '../decode/registry.ts';
import { ScorerError, type Problem } from '../errors.ts';
import type { SchemaNode } from '../flow/schema-node.ts';
import { understood } from '../map/contract.ts';
import type { Logger } from '../observe/logger.ts';
import { checkGolden } from './golden.ts';
import { keptReaders } from './kept-readers.ts';
import { scoreSchemaId } from './score-subject.ts';
import {
  makeScoringPlan,
  type LoadedModel,
  type ModelVersion,
  type ScoringPlan,
} from './scoring-plan.ts';
import { readersFrom } from './topic-readers.ts';

/** A plan, with the ids of its schemas in the registry. */
export interface RegisteredPlan {
  readonly plan: ScoringPlan;
  /** Of the schemas that the plan was made of. */
  readonly ids: readonly number[];
  /** Of the score records, by the plan. */
  readonly schemaId: number;
}

export interface PlanRenewalOptions extends RegisteredPlan {
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
 * Renews the plan when the latest schemas of the events have changed. If the model, the golden
 * events, the configuration or the registry do not accept the new schemas, the current plan stays,
 * and values that it cannot read become dead letters. The reason may disappear (somebody changes
 * the rule of a subject, or registers its schema), so it is tried again from time to time.
 */
export class PlanRenewal {
  readonly #options: PlanRenewalOptions;
  /** Golden events use the schema of the start. */
  readonly #goldenWriter: SchemaNode;
  #current: RegisteredPlan;
  #ids: readonly number[];
  #refusal: { readonly said: string; readonly waitMs: number; at: number } | undefined;

  constructor(options: PlanRenewalOptions) {
    this.#options = options;
    [this.#goldenWriter] = options.plan.stream.readers.values() as Iterable<SchemaNode> as [
      SchemaNode,
    ];
    const { plan, ids, schemaId } = options;
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
    const readers = keptReaders(found.readers, plan.stream, settings.output.carry);
    const [champion, ...others] = plan.versions;
    const models = [remembering(champion), ...others.map(remembering)] as const;
    const newer = makeScoringPlan(settings, models, readers, problems);
    const id = newer && (await this.#registered(newer, problems));
    this.#ids = ids;
    if (newer === undefined || id === undefined) {
      this.#refused(problems);
      return false;
    }
    this.#refusal = undefined;
    this.#current = { plan: newer, ids, schemaId: id };
    logger.info(
      { schemas: ids, scoreSchema: id },
      'the subject has a newer schema; scoring continues with it',
    );
    return true;

    function remembering({ bundle, model, contract }: ModelVersion): LoadedModel {
      const description = { ...bundle.description, inputs: understood(contract) };
      return { bundle: { ...bundle, description }, model };
    }
  }

  /** The id of the schema of its scores. Undefined, with `problems` added, if it is rejected. */
  async #registered(newer: ScoringPlan, problems: Problem[]): Promise<number | undefined> {
    const { settings, registry } = this.#options;
    const { plan, schemaId } = this.#current;
    const golden = (): Promise<number> => checkGolden(newer, settings, this.#goldenWriter);
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
