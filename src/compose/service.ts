import { findChampion, openChampion, type ModelOptions } from './champion.ts';
import type { Settings } from '../config/settings.ts';
import { atStart, kafkaOf, registryOf } from './connections.ts';
import { BatchBudget } from '../consume/batch-budget.ts';
import { KafkaSource } from '../consume/kafka-source.ts';
import { Assignment } from '../consume/assignment.ts';
import type { SchemaRegistry } from '../decode/registry.ts';
import { ScorerError, type ErrorCode } from '../errors.ts';
import type { TopicPartition } from '../flow/batch.ts';
import type { Route } from '../flow/http.ts';
import { lookAtGolden } from './golden.ts';
import { buildGuarantee, groupWanted } from './guarantees.ts';
import { inspectKafka } from '../inspect/kafka-inspect.ts';
import { createLiveStages } from './live-stages.ts';
import { Lag } from '../observe/lag.ts';
import type { Logger } from '../observe/logger.ts';
import { Metrics } from '../observe/metrics.ts';
import { Progress } from '../observe/progress.ts';
import { countOutcome } from '../observe/outcome-metrics.ts';
import { instrumentStages } from '../observe/instrument.ts';
import { createDelivery, createPipeline, type Stages } from '../pipeline.ts';
import { onPartitionCorrupt, onPartitionEnd } from '../kafkajs/fetch/kafka-fetch-patch.ts';
import type { Kafka } from '../kafkajs/kafka-client.ts';
import { DeadLetterLimit } from '../produce/dead-letter-limit.ts';
import { Lifecycle, type Started } from '../runtime/lifecycle.ts';
import { unlessAbandoned, untilAvailable, type RetryOptions } from '../runtime/retry.ts';
import { TopicIds } from '../runtime/topic-ids.ts';
import { startHttp } from '../serve/http-server.ts';
import type { HttpAddress } from '../serve/probe-port.ts';
import type { Registry } from 'prom-client';
import { attemptPlan } from './plan-attempt.ts';
import { scoreSchemaId } from './score-subject.ts';
import type { ScoringPlan } from './scoring-plan.ts';
import { Status } from './status.ts';
import { readersFrom } from './topic-readers.ts';

/**
 * Makes probes and metrics known; answers where they are served, if this process serves them
 * itself.
 */
export type Expose = (what: {
  health: Status;
  metrics: Registry;
  /** What answers `MODEL_ROUTES`. */
  routes: readonly Route[];
}) => Promise<Started<HttpAddress | undefined>>;

/** What another process than one on its own does differently. */
export interface ServiceHooks {
  readonly expose?: Expose;
  /** Awaited when everything is ready, before the group is joined. */
  readonly beforeJoin?: () => Promise<void>;
}

export interface Service {
  readonly http: HttpAddress | undefined;
  readonly metrics: Metrics;
  /** Never resolves; rejects when the service cannot go on. */
  readonly failed: Promise<never>;
}

/** A model that takes longer for a batch than this part of the time it has is not ready. */
const SLOW_PART = 3;

/**
 * Longest time in which nothing happens at all, not even an attempt, and the program is not called
 * dead: longer than the client takes to reach a cluster that is away, and than the model may take.
 */
const deadMs = (settings: Settings): number => Math.max(180_000, 2 * settings.inference.timeoutMs);

/**
 * Longest wait for what is in flight, at a rejoin and at the end; shorter than the session timeout.
 */
const DRAIN_MS = 10_000;

/**
 * How long a join may still take when the service is told to stop meanwhile. One that ends in time
 * is followed by leaving the group, which spares the others a member that is not there; behind a
 * dead member a join takes as long as its session.
 */
const JOIN_GRACE_MS = 3000;

/**
 * Builds the service from its configuration and starts it: everything is checked before the group
 * is joined, so that a wrong configuration never takes a partition from a member that works. Stops
 * in reverse: what is in flight is finished and committed before the connections close. Throws
 * CalledOff where it was called off before the group was joined: nothing is in flight then.
 */
export async function startService(
  settings: Settings,
  logger: Logger,
  callOff: AbortSignal,
  hooks: ServiceHooks = {},
): Promise<Started<Service>> {
  const serve: Expose = (what) => startHttp({ ...settings.http, ...what });
  const { expose = serve, beforeJoin = () => Promise.resolve() } = hooks;
  const lifecycle = new Lifecycle(callOff);
  const metrics = new Metrics();
  const status = new Status(settings.inference.timeoutMs / SLOW_PART);
  const fatal = (error: unknown): void => {
    status.fail(error instanceof Error ? error : new Error(String(error)));
  };
  const onRetry: RetryOptions['onRetry'] & object = (error, attempt, waitMs) => {
    metrics.outageRetries.inc({ code: error.code });
    status.waitingFor(error.code);
    logger.warn({ code: error.code, attempt, waitMs: Math.round(waitMs) }, error.problems[0]!.what);
  };

  const http = await lifecycle.start(() =>
    expose({ health: status, metrics: metrics.registry, routes: [] }),
  );
  const registry = await lifecycle.start(async () => {
    const value = await registryOf(settings, (outcome) => {
      metrics.schemaFetches.inc({ outcome });
    });
    const close = (): Promise<void> => {
      value.close();
      return Promise.resolve();
    };
    return { value, stop: close };
  });
  const kafka = await lifecycle.step(() => kafkaOf(settings, logger));
  const onTimeout = (code: ErrorCode): void => {
    status.waitingFor(code);
    const what =
      code === 'INFERENCE_CRASHED'
        ? 'a batch ended the worker that ran the model for it; its parts are tried'
        : `the model did not answer for a batch within ${settings.inference.timeoutMs} ms; its worker was ended, and parts of the batch are tried`;
    logger.warn({ code }, what);
  };
  const {
    plan,
    ids: schemaIds,
    partitions,
  } = await lifecycle.start(async () =>
    atStart(prepare(settings, kafka, registry, { onTimeout, signal: callOff })),
  );
  const [{ model }] = plan.versions;
  metrics.modelInfo.set({ ...model.identity, role: 'champion' }, 1);
  for (const warning of model.warnings) logger.warn(warning);
  const schemaId = await lifecycle.step(() =>
    atStart(scoreSchemaId(settings, registry, plan.stream.scoreSchema)),
  );
  const now = Date.now;
  const onMissing = (feature: string, rows: number): void => {
    metrics.featureMissing.inc({ feature }, rows);
  };
  const stages = instrumentStages(
    metrics.stageDuration,
    createLiveStages({
      plan,
      ids: schemaIds,
      settings,
      registry,
      schemaId,
      now,
      onMissing,
      logger,
    }),
  );
  const budget = new BatchBudget(settings.batch.maxSize, settings.batch.maxInferMs / 1000);
  const infer: Stages['infer'] = async (tensors, rows) => {
    const done = status.inferring();
    const scores = await stages.infer(tensors, rows).finally(done);
    if (scores.seconds !== undefined) budget.observe(rows, scores.seconds);
    return scores;
  };
  const version = { ...stages, infer };
  const take = createPipeline(stages, () => version, now);
  const topicIds = new TopicIds();
  const source = new KafkaSource({
    kafka,
    ids: topicIds,
    groupId: settings.input.groupId,
    topics: settings.input.topics,
    partitions,
    fromBeginning: settings.input.startFrom === 'earliest',
    outOfRange: settings.input.outOfRange,
    overrides: settings.kafkajs.consumer,
    logger,
  });
  const lag = new Lag(metrics, now);
  const progress = new Progress({
    staleMs: settings.http.staleMs,
    deadMs: deadMs(settings),
    backlog: () => lag.backlog(),
  });
  status.watch(progress);
  await lifecycle.start(() => {
    const stopListening = onPartitionEnd((at, from, end) => {
      lag.ended(at, from, end);
    });
    const stopHearing = onPartitionCorrupt(({ topic, partition }, batch) => {
      const place = `${topic}-${partition}`;
      status.standing(place, batch && 'BATCH_CORRUPT');
      if (batch === undefined) return;
      metrics.outageRetries.inc({ code: 'BATCH_CORRUPT' });
      const { firstOffset, lastOffset, message } = batch;
      logger.error(
        { code: 'BATCH_CORRUPT', topic, partition, firstOffset, lastOffset },
        `${place} waits at the batch of offsets ${firstOffset} to ${lastOffset}: ${message}`,
      );
    });
    const stop = (): Promise<void> => {
      stopListening();
      stopHearing();
      return Promise.resolve();
    };
    return Promise.resolve({ value: undefined, stop });
  });
  const limit = new DeadLetterLimit(settings.deadLetter);
  const { guarantee, flush, reset } = await buildGuarantee(lifecycle, {
    settings,
    kafka,
    source,
    ids: topicIds,
    metrics,
    onRetry,
    onFatal: fatal,
  });
  const startOver = (partitions: readonly TopicPartition[]): void => {
    reset();
    limit.reset();
    lag.assigned(partitions);
  };
  const assignment = new Assignment({
    source,
    limits: settings.batch,
    work: {
      ...guarantee,
      score: (batch, signal) => {
        const score = take(batch);
        // What the model never answers for must not keep a partition processor from its end.
        return untilAvailable(() => unlessAbandoned(score(), signal), { signal, onRetry });
      },
      deliver: createDelivery({
        // here, because batches may be scored in another order than that of their offsets
        limit: (outcome) => {
          limit.check(outcome);
        },
        guarantee,
        record: (outcome, nextOffset) => {
          status.delivered();
          countOutcome(metrics, outcome, now());
          lag.done(outcome.batch, nextOffset);
        },
      }),
      skipTo: async (partition, nextOffset, signal) => {
        await guarantee.skipTo(partition, nextOffset, signal);
        lag.done(partition, nextOffset);
      },
    },
    // Every worker of one partition's batches has one to score, and one more is decoded meanwhile.
    maxInFlightBatches: Math.max(settings.inference.workers + 1, guarantee.maxBatchesPerDelivery),
    maxBatchesPerDelivery: guarantee.maxBatchesPerDelivery,
    maxRows: () => budget.size,
    now: () => performance.now(),
    flush,
    onAssigned: (partitions) => {
      startOver(partitions);
      status.assigned();
      logger.info(
        { partitions: partitions.map(({ topic, partition }) => `${topic}-${partition}`) },
        'partitions assigned',
      );
    },
    onInterrupted: (outage) => {
      startOver([]);
      status.interrupted(outage.code);
      metrics.outageRetries.inc({ code: outage.code });
      logger.warn({ code: outage.code }, outage.problems[0]!.what);
    },
    onLooped: (answered) => {
      progress.looped(answered);
    },
    onFetched: (fetched) => {
      metrics.recordsConsumed.inc({ topic: fetched.topic }, fetched.records.length);
      lag.fetched(fetched, fetched.records, fetched.endOffset);
    },
    onFatal: fatal,
    drainMs: DRAIN_MS,
  });
  await lifecycle.step(beforeJoin);
  await lifecycle.start(async () => {
    await source.start(assignment);
    return {
      value: undefined,
      stop: async () => {
        status.stopping();
        await assignment.stop();
        await source.stop();
      },
    };
  }, JOIN_GRACE_MS);
  logger.info({ http, model: model.identity, topics: settings.input.topics }, 'scoring');
  return { value: { http, metrics, failed: status.failed }, stop: () => lifecycle.stop() };
}

interface Prepared {
  readonly plan: ScoringPlan;
  /** Of the schemas of the events. */
  readonly ids: readonly number[];
  /** Of all input topics. */
  readonly partitions: number;
}

/**
 * Checks everything that can be checked before the group is joined; throws all problems together.
 */
async function prepare(
  settings: Settings,
  kafka: Kafka,
  registry: SchemaRegistry,
  options: ModelOptions,
): Promise<Started<Prepared>> {
  const [attempt, found] = await Promise.all([
    findChampion(settings).then(async (found) =>
      attemptPlan(settings, readersFrom(registry), await openChampion(found, settings, options)),
    ),
    inspectKafka(kafka, settings.kafka.brokers, {
      inputs: settings.input.topics,
      output: settings.output.topic,
      deadLetter: settings.deadLetter.topic,
      partitioning: settings.output.partitioning,
      ...groupWanted(settings),
    }),
  ]);
  const golden = await lookAtGolden(attempt, settings);
  const problems = [
    ...attempt.problems,
    ...(typeof golden === 'object' ? golden : []),
    ...found.problems,
  ];
  const { plan } = attempt;
  if (plan === undefined || problems.length > 0) {
    await attempt.model?.release();
    throw new ScorerError(problems);
  }
  const partitions = settings.input.topics.reduce(
    (sum, topic) => sum + (found.partitions.get(topic) ?? 0),
    0,
  );
  return {
    value: { plan, ids: attempt.ids ?? [], partitions },
    stop: () => plan.versions[0].model.release(),
  };
}
