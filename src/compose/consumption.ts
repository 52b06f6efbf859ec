import type { Settings } from '../config/settings.ts';
import { Assignment, type AssignmentObserver } from '../consume/assignment.ts';
import type { BatchBudget } from '../consume/batch-budget.ts';
import { KafkaSource } from '../consume/kafka-source.ts';
import type { Source } from '../consume/source.ts';
import type { Kafka } from '../kafkajs/kafka-client.ts';
import type { Logger } from '../observe/logger.ts';
import type { Started } from '../runtime/lifecycle.ts';
import type { TopicIds } from '../runtime/topic-ids.ts';
import type { Delivered } from './delivery.ts';
import type { Reports } from './reports.ts';

/**
 * Longest wait for the batches in flight, at a rejoin and at the end. It is shorter than the
 * session timeout.
 */
const DRAIN_MS = 10_000;

/** The member of the consumer group; it joins when it is started. */
export function createSource(
  kafka: Kafka,
  { input, kafkajs }: Settings,
  partitions: number,
  ids: TopicIds,
  logger: Logger,
): KafkaSource {
  return new KafkaSource({
    kafka,
    ids,
    groupId: input.groupId,
    topics: input.topics,
    partitions,
    fromBeginning: input.startFrom === 'earliest',
    outOfRange: input.outOfRange,
    overrides: kafkajs.consumer,
    logger,
  });
}

/**
 * Joins the group and works on its assignment. To stop, it finishes and commits the batches in
 * flight.
 */
export async function consume(
  source: Source,
  settings: Settings,
  { work, maxBatchesPerDelivery, flush, startOver }: Delivered,
  budget: BatchBudget,
  reports: Reports,
): Promise<Started<undefined>> {
  const assignment = new Assignment({
    source,
    limits: settings.batch,
    work,
    // Each worker has a batch of the partition to score, and one more is decoded meanwhile.
    maxInFlightBatches: Math.max(settings.inference.workers + 1, maxBatchesPerDelivery),
    maxBatchesPerDelivery,
    maxRows: () => budget.size,
    now: () => performance.now(),
    flush,
    observer: observerOf(startOver, reports),
    drainMs: DRAIN_MS,
  });
  await source.start(assignment);
  return {
    value: undefined,
    stop: async () => {
      reports.status.stopping();
      await assignment.stop();
      await source.stop();
    },
  };
}

function observerOf(
  startOver: Delivered['startOver'],
  { metrics, status, lag, progress, logger, onFatal }: Reports,
): AssignmentObserver {
  return {
    assigned(partitions) {
      startOver(partitions);
      status.assigned();
      logger.info(
        { partitions: partitions.map(({ topic, partition }) => `${topic}-${partition}`) },
        'partitions assigned',
      );
    },
    interrupted(outage) {
      startOver([]);
      status.interrupted(outage.code);
      metrics.outageRetries.inc({ code: outage.code });
      logger.warn({ code: outage.code }, outage.problems[0]!.what);
    },
    looped(answered) {
      progress.looped(answered);
    },
    fetched(fetched) {
      metrics.recordsConsumed.inc({ topic: fetched.topic }, fetched.records.length);
      lag.fetched(fetched, fetched.records, fetched.endOffset);
    },
    failed: onFatal,
  };
}
