import type { Settings } from '../config/settings.ts';
import { avroReshape } from '../decode/avro-reshape.ts';
import { BadIds } from '../decode/bad-ids.ts';
import { holdsAll, readsAll } from '../decode/reads-all.ts';
import type { SchemaRegistry } from '../decode/registry.ts';
import { ScorerError, type Problem } from '../errors.ts';
import type { Events } from '../flow/events.ts';
import { keepingCarried } from '../flow/kept-carry.ts';
import { keepingWider } from '../flow/kept-width.ts';
import type { SchemaNode } from '../flow/schema-node.ts';
import { checkGolden } from './golden.ts';
import { understood } from '../map/contract.ts';
import type { OnMissing } from '../map/missing-observer.ts';
import type { Logger } from '../observe/logger.ts';
import type { Stages } from '../pipeline.ts';
import { scoreSchemaId } from './score-subject.ts';
import { makeScoringPlan, type ScoringPlan } from './scoring-plan.ts';
import { createStages } from './stages.ts';
import { readersFrom } from './topic-readers.ts';

export interface LiveStagesOptions {
  readonly plan: ScoringPlan;
  /** Of the schemas that the plan was made of. */
  readonly ids: readonly number[];
  readonly settings: Settings;
  readonly registry: SchemaRegistry;
  /** Of the score records, by the plan. */
  readonly schemaId: number;
  readonly now: () => number;
  readonly onMissing: OnMissing;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
}

/**
 * A plan that was refused is tried again after a minute, and then after twice the time, up to an
 * hour.
 */
const FIRST_RETRY_MS = 60_000;
const LAST_RETRY_MS = 3_600_000;
const WIDTHS = { ...avroReshape, readsAll, holdsAll };

/**
 * The stages of a stream whose schemas change. A writer that is met for the first time may be newer
 * than what was known at the start: then the latest schemas are read again, once for each writer,
 * and where they have changed everything that follows from them is made anew. A batch keeps the
 * plan it was decoded with. A carried field that the new schemas leave out stays in the scores,
 * where it may be null from then on, and a field whose type they narrow keeps the one before, which
 * reads both. Where model, golden events, configuration or registry do not take the new schemas,
 * the plan that is there goes on, and what it cannot read dies value by value. What refused it may
 * change its mind, as where a subject's rule is set or its schema registered by somebody else, so
 * it is asked again from time to time.
 */
export function createLiveStages(options: LiveStagesOptions): Stages {
  const { settings, registry, now, onMissing, logger } = options;
  const met = new Set<unknown>(options.ids);
  const { unknownIdRetryMs } = settings.schemaRegistry;
  const badIds = new Map(
    settings.input.topics.map((topic) => [topic, new BadIds(unknownIdRetryMs)]),
  );
  const [goldenWriter] = options.plan.stream.readers.values();
  const watched: Pick<SchemaRegistry, 'byId'> = {
    byId: async (...key) => {
      const node = await registry.byId(...key);
      await meet(key[0]);
      return node;
    },
  };
  const [champion] = options.plan.versions;
  const { description } = champion.bundle;
  const bundle = {
    ...champion.bundle,
    description: { ...description, inputs: understood(champion.contract) },
  };
  const stagesOf = (plan: ScoringPlan, schemaId: number): Stages =>
    createStages(plan, { settings, registry: watched, schemaId, now, onMissing, badIds });

  let { schemaId, ids } = options;
  let { plan } = options;
  let current = stagesOf(plan, schemaId);
  let renewal: Promise<void> = Promise.resolve();
  let refusal: { readonly said: string; readonly waitMs: number; at: number } | undefined;
  const plans = new WeakMap<Events, Stages>();
  const planOf = (events: Events): Stages => plans.get(events) ?? current;

  return {
    decode: async (batch) => {
      tryAgain();
      for (;;) {
        const stages = current;
        const events = await stages.decode(batch);
        if (stages !== current) continue; // a newer plan was made meanwhile, maybe for this batch
        plans.set(events, stages);
        return events;
      }
    },
    map: (events) => planOf(events).map(events),
    infer: (...given) => current.infer(...given),
    decide: (...given) => current.decide(...given),
    encode: (events, ...given) => planOf(events).encode(events, ...given),
    observe: (events, ...given) => planOf(events).observe?.(events, ...given),
  };

  /** Looks once for each writer; after an outage again. */
  async function meet(writer: unknown): Promise<void> {
    if (met.has(writer)) {
      await renewal; // another batch may have met it just now
      return;
    }
    met.add(writer);
    const mine = renewal.then(() => renew());
    renewal = mine.catch(() => undefined);
    try {
      await mine;
    } catch (error) {
      met.delete(writer);
      throw error;
    }
  }

  /** Nobody waits for it: the plan that is there is as good as before, whatever comes of it. */
  function tryAgain(): void {
    if (refusal === undefined || now() < refusal.at) return;
    refusal.at = now() + refusal.waitMs;
    renewal = renewal.then(() => renew(true)).catch(() => undefined);
  }

  function refused(problems: readonly Problem[]): void {
    const waitMs = Math.min(2 * (refusal?.waitMs ?? FIRST_RETRY_MS / 2), LAST_RETRY_MS);
    const said = JSON.stringify(problems);
    if (said !== refusal?.said) {
      for (const { code, what, where } of problems) {
        logger.warn(
          { code, where },
          `the events have a newer schema that does not fit; the one before goes on: ${what}`,
        );
      }
    }
    refusal = { said, waitMs, at: now() + waitMs };
  }

  async function renew(again = false): Promise<void> {
    const found = await readersFrom(registry)(settings);
    if (found.problems.length > 0 || (!again && String(found.ids) === String(ids))) return;
    const problems: Problem[] = [];
    const loaded = { bundle, model: champion.model };
    const newer = makeScoringPlan(settings, [loaded], keeping(found.readers), problems);
    const fine =
      newer &&
      (await orProblems(problems, () => checkGolden(newer, settings, goldenWriter))) !== undefined;
    const scoreSchema = newer?.stream.scoreSchema;
    const changed = JSON.stringify(scoreSchema) !== JSON.stringify(plan.stream.scoreSchema);
    const id =
      scoreSchema && fine && changed
        ? await orProblems(problems, () => scoreSchemaId(settings, registry, scoreSchema))
        : schemaId;
    ids = found.ids ?? [];
    if (newer === undefined || !fine || id === undefined) {
      refused(problems);
      return;
    }
    refusal = undefined;
    plan = newer;
    schemaId = id;
    current = stagesOf(plan, schemaId);
    logger.info(
      { schemas: ids, scoreSchema: schemaId },
      'the events have a newer schema: scoring goes on by it',
    );
  }

  /**
   * The readers with what is carried and they have no more, and with types that held more than
   * theirs.
   */
  function keeping(readers: ReadonlyMap<string, SchemaNode>): ReadonlyMap<string, SchemaNode> {
    const kept = (topic: string, reader: SchemaNode): SchemaNode => {
      const before = plan.stream.readers.get(topic);
      if (before === undefined) return reader;
      const { carry } = settings.output;
      const paths = [...carry, ...plan.stream.projection.fields.map(({ path }) => path)];
      return keepingCarried(
        keepingWider(reader, before, paths, WIDTHS),
        before,
        carry,
        avroReshape,
      );
    };
    return new Map([...readers].map(([topic, reader]) => [topic, kept(topic, reader)]));
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
