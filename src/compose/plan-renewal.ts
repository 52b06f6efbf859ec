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

/** A plan with what the registry knows its schemas by. */
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
 * A plan that was refused is tried again after a minute, and then after twice the time, up to an
 * hour.
 */
const FIRST_RETRY_MS = 60_000;
const LAST_RETRY_MS = 3_600_000;

/**
 * Renews the plan where the latest schemas of the events have changed. Where model, golden events,
 * configuration or registry do not take the new schemas, the plan that is there goes on, and what it
 * cannot read dies value by value. What refused it may change its mind, as where a subject's rule is
 * set or its schema registered by somebody else, so it is asked again from time to time.
 */
export class PlanRenewal {
  readonly #options: PlanRenewalOptions;
  /** Golden events are written by the schema of the start. */
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

  /** Whether what was refused is to be tried again now; true once each time. */
  isDue(): boolean {
    const now = this.#options.now();
    if (this.#refusal === undefined || now < this.#refusal.at) return false;
    this.#refusal.at = now + this.#refusal.waitMs;
    return true;
  }

  /** Answers whether the plan is another than before. `again`: also for schemas that were refused. */
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

  /** The id of its score records' schema; undefined, with `problems` added, where it is refused. */
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

/** What is wrong for good is a problem; what passes is thrown. */
async function orProblems<T>(problems: Problem[], work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ScorerError) || error.fate === 'retry') throw error;
    problems.push(...error.problems);
    return undefined;
  }
}
