import { setTimeout as sleep } from 'node:timers/promises';
import { ScorerError } from '../errors.ts';
import type { Projection, View } from '../flow/projection.ts';
import type { SchemaNode } from '../flow/schema-node.ts';
import { Lru } from '../runtime/lru.ts';
import { BadIds, type Bounds, type Unusable } from './bad-ids.ts';
import type { CarryTarget } from './carry-steps.ts';
import { compile } from './compile.ts';
import { UnsatisfiedField } from './lacking.ts';
import type { DecodePlan } from './decode-plan.ts';
import { sharedPlan, type SharedPlan } from './shared-plan.ts';
import {
  isSchemaError,
  type SchemaError,
  type SchemaKey,
  type SchemaRegistry,
} from './registry.ts';
import { othersIn } from './type-filter.ts';

/** How records of a writer's schema are read if not all of them are scored. */
export type OfTypes =
  | { readonly others: undefined } // all of them have other types
  /** For each branch of a union at the top: whether it has another type. */
  | { readonly others: readonly boolean[]; readonly writerPlan: RecordPlan };

/** How records of one writer's schema are read. */
export type RecordPlan = DecodePlan | SharedPlan | Unusable;

export type WriterPlan = RecordPlan | OfTypes;

const MAX_PLANS = 5000;
/** Ids of one batch that are requested at the same time. */
const AT_ONCE = 4;
/** Between the answers of a registry that is slow, but answers. */
const PACE_MS = 200;

export interface SchemasOptions {
  readonly registry: Pick<SchemaRegistry, 'byId'>;
  /** The reader's schema of the topic: defaults, aliases and the types of carried fields. */
  readonly reader: SchemaNode;
  readonly projection: Pick<Projection, 'fields' | 'views'>;
  readonly carry: readonly CarryTarget[];
  /** Full names of the records to score; undefined: all. */
  readonly types?: readonly string[] | undefined;
  readonly now: () => number;
  /** How long an unknown id is asked for again. */
  readonly unknownIdRetryMs: number;
  /** What an earlier reader knows about bad ids. */
  readonly badIds?: BadIds | undefined;
}

export const isOfTypes = (writerPlan: WriterPlan): writerPlan is OfTypes => 'others' in writerPlan;

export const isPlan = (writerPlan: WriterPlan): writerPlan is DecodePlan => 'steps' in writerPlan;

export const isShared = (writerPlan: WriterPlan): writerPlan is SharedPlan => 'alone' in writerPlan;

/**
 * The plans of one topic, by writer's schema: fetched and compiled once, then looked up without
 * waiting. Unknown ids are requested a few at a time, remembered, and may block the others only for
 * a limited time.
 */
export class Schemas {
  readonly #options: SchemasOptions;
  readonly #plans = new Lru<SchemaKey, WriterPlan>(MAX_PLANS);
  readonly #pending = new Map<SchemaKey, Promise<WriterPlan | SchemaError>>();
  readonly #bad: BadIds;

  constructor(options: SchemasOptions) {
    this.#options = options;
    this.#bad = options.badIds ?? new BadIds(options.unknownIdRetryMs);
  }

  /**
   * The plans or errors for the schemas of a batch of one partition, one for each key. Throws
   * errors that say nothing about them: REGISTRY_UNAVAILABLE, and SCHEMA_ID_PENDING while the
   * registry may still learn one.
   */
  async resolve(
    keys: readonly SchemaKey[],
    counts: readonly number[],
    partition = 0,
  ): Promise<readonly WriterPlan[]> {
    const bounds = this.#bad.boundsOf(partition);
    const writerPlans = keys.map((key) => this.#known(key, bounds));
    if (!writerPlans.includes(undefined)) return writerPlans as WriterPlan[];
    const missing = this.#inTurn(
      keys
        .map((key, i) => ({ key, count: counts[i]! }))
        .filter((_each, i) => writerPlans[i] === undefined),
      bounds,
    );
    const answers = await this.#askAll(missing, bounds);
    const waiting = missing.filter((key) => answers.get(key) === undefined);
    if (waiting.length > 0) {
      const what = `the registry does not know schema ${waiting.slice(0, 3).join(', ')} yet`;
      throw new ScorerError({ code: 'SCHEMA_ID_PENDING', what });
    }
    return keys.map((key, i) => writerPlans[i] ?? answers.get(key)!);
  }

  /**
   * The order of requests if not all are allowed: ids that were never requested come before unknown
   * ones, then ids of many records, then low numbers. Registries count up, so made-up numbers are
   * usually higher than new ones.
   */
  #inTurn(
    missing: readonly { readonly key: SchemaKey; readonly count: number }[],
    bounds: Bounds,
  ): SchemaKey[] {
    const before = (key: SchemaKey): number =>
      this.#bad.times(key, bounds) + (bounds.patience.isWaiting(key) ? 1 : 0);
    return missing
      .map(({ key, count }) => ({ key, count, before: before(key), number: countOf(key) }))
      .sort((a, b) => a.before - b.before || b.count - a.count || a.number - b.number)
      .map(({ key }) => key);
  }

  #known(key: SchemaKey, bounds: Bounds): WriterPlan | undefined {
    const bad = this.#bad.get(key, bounds, this.#options.now());
    if (bad === 'expired') return undefined;
    return bad ?? this.#plans.get(key);
  }

  async #askAll(
    keys: readonly SchemaKey[],
    bounds: Bounds,
  ): Promise<ReadonlyMap<SchemaKey, WriterPlan | undefined>> {
    const { now } = this.#options;
    bounds.effort.begin(now());
    try {
      return await this.#askEach(keys, bounds);
    } finally {
      bounds.effort.end(now());
    }
  }

  /**
   * Requests each once. Answers before an outage are kept, and requests continue as long as there
   * are answers. The first few of a batch are always requested.
   */
  async #askEach(
    keys: readonly SchemaKey[],
    bounds: Bounds,
  ): Promise<ReadonlyMap<SchemaKey, WriterPlan | undefined>> {
    const answers = new Map<SchemaKey, WriterPlan | undefined>();
    const first = new Set(keys.slice(0, AT_ONCE));
    let left = keys;
    while (left.length > 0) {
      const failed: { key: SchemaKey; error: unknown }[] = [];
      const queue = left.values();
      const worker = async (): Promise<void> => {
        for (const key of queue) {
          if (failed.length > 0) {
            failed.push({ key, error: failed[0]!.error });
          } else if (!first.has(key) && !bounds.patience.isWaiting(key) && bounds.effort.isUsedUp) {
            answers.set(key, this.#bad.last(key, bounds) ?? notAskedFor(key));
          } else {
            try {
              answers.set(key, await this.#askOne(key, bounds));
            } catch (error) {
              failed.push({ key, error });
            }
          }
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
      const [one] = failed;
      if (one === undefined) break;
      const passes = one.error instanceof ScorerError && one.error.fate === 'retry';
      if (!passes || failed.length === left.length) throw one.error;
      left = failed.map(({ key }) => key);
      await sleep(PACE_MS);
    }
    return answers;
  }

  /** Undefined while the registry may still learn the id. */
  async #askOne(key: SchemaKey, bounds: Bounds): Promise<WriterPlan | undefined> {
    const { now } = this.#options;
    const { patience, effort } = bounds;
    const paid = patience.isWaiting(key);
    let fruitless = false;
    try {
      const got = await this.#load(key);
      if (!(got instanceof ScorerError)) return got;
      fruitless = !paid;
      return this.#refused(key, got, bounds);
    } finally {
      effort.answered(now(), fruitless);
    }
  }

  /**
   * Fetches a schema once, however many ask for it. Returns an error that says something about the
   * schema.
   */
  #load(key: SchemaKey): Promise<WriterPlan | SchemaError> {
    let pending = this.#pending.get(key);
    if (pending === undefined) {
      pending = this.#fetch(key).finally(() => this.#pending.delete(key));
      this.#pending.set(key, pending);
    }
    return pending;
  }

  async #fetch(key: SchemaKey): Promise<WriterPlan | SchemaError> {
    const { registry, now } = this.#options;
    try {
      const writer = await registry.byId(key);
      const writerPlan = this.#ofTypes(writer, () => this.#planOf(key, writer));
      this.#bad.good(key, now());
      this.#plans.set(key, writerPlan);
      return writerPlan;
    } catch (error) {
      if (!isSchemaError(error)) throw error;
      return error;
    }
  }

  #refused(key: SchemaKey, { code, problems }: SchemaError, bounds: Bounds): Unusable | undefined {
    const now = this.#options.now();
    const known = this.#bad.get(key, bounds, now);
    // another batch has just got the same answer
    if (known !== undefined && known !== 'expired') return known;
    const unknown = code === 'SCHEMA_ID_UNKNOWN';
    const waitsWhole = bounds.patience.waitsWhole(key);
    if (unknown && known === undefined && bounds.patience.waits(key, now)) return undefined;
    const writerPlan: Unusable = { stage: 'decode', code, message: problems[0]!.what };
    this.#bad.refused(key, bounds, writerPlan, !unknown || waitsWhole, now);
    return writerPlan;
  }

  /** If versions share the columns, each also has a plan of its own. */
  #planOf(key: SchemaKey, writer: SchemaNode): RecordPlan {
    const { reader, projection, carry } = this.#options;
    const all: View = new Map(projection.fields.entries());
    const plan = usable(key, () => compile(writer, reader, all, carry));
    if (projection.views === undefined) return plan;
    const alone = projection.views.map((view) =>
      usable(key, () => compile(writer, reader, view, carry)),
    );
    return sharedPlan(plan, alone);
  }

  /** Types that nobody scores need no plan. */
  #ofTypes(writer: SchemaNode, make: () => RecordPlan): WriterPlan {
    const { types, reader } = this.#options;
    const others = types === undefined ? 'none' : othersIn(writer, types, reader);
    if (others === 'none') return make();
    return others === 'all' ? { others: undefined } : { others, writerPlan: make() };
  }
}

/**
 * An id among very many made-up ones. Requests for all of them would block the others. It is not
 * remembered, so it may be requested later.
 */
/** The number of an id, for the order. A GUID has none. */
function countOf(key: SchemaKey): number {
  return typeof key === 'number' ? key : Number(/^\w+Id (\d+)$/.exec(key)?.[1] ?? 0);
}

function notAskedFor(key: SchemaKey): Unusable {
  const message = `schema ${key} was not requested: the registry is slow, and too many ids before it are unknown`;
  return { stage: 'decode', code: 'SCHEMA_ID_UNKNOWN', message };
}

function usable(key: SchemaKey, make: () => DecodePlan): DecodePlan | Unusable {
  try {
    return make();
  } catch (error) {
    if (error instanceof UnsatisfiedField) {
      return { stage: 'map', code: error.code, message: `schema ${key}: ${error.message}` };
    }
    const why = error instanceof Error ? error.message : String(error);
    return {
      stage: 'decode',
      code: 'FIELD_TYPE',
      message: `schema ${key} cannot be resolved to the subject's latest schema: ${why}`,
    };
  }
}
