import { createAtLeastOnce } from '../commit/at-least-once.ts';
import { Committer } from '../commit/committer.ts';
import { createExactlyOnce } from '../commit/exactly-once.ts';
import type { Guarantee } from '../commit/guarantee.ts';
import { kafkaTransactions } from '../commit/kafka-transactions.ts';
import { transactionalIdOf } from '../commit/transactional-id.ts';
import type { Settings } from '../config/settings.ts';
import { startCommitted } from '../consume/kafka-committed.ts';
import type { Source } from '../consume/source.ts';
import type { TopicPartition } from '../flow/batch.ts';
import type { Metrics } from '../observe/metrics.ts';
import { watch } from '../observe/instrument.ts';
import { KafkaSink, startKafkaSink } from '../produce/kafka-sink.ts';
import { SendLimits } from '../produce/send-limits.ts';
import { createWriter } from '../produce/writer.ts';
import { COMPRESSIONS } from '../kafkajs/kafka-codecs.ts';
import type { Kafka } from '../kafkajs/kafka-client.ts';
import type { Lifecycle } from '../runtime/lifecycle.ts';
import type { RetryOptions } from '../runtime/retry.ts';
import type { TopicIds } from '../runtime/topic-ids.ts';

export interface GuaranteeParts {
  readonly settings: Settings;
  readonly kafka: Kafka;
  readonly source: Source;
  /** Told by the source as each assignment begins. */
  readonly ids: TopicIds;
  readonly metrics: Metrics;
  readonly onRetry: RetryOptions['onRetry'] & object;
  readonly onFatal: (error: unknown) => void;
}

export interface BuiltGuarantee {
  readonly guarantee: Guarantee;
  /** Commits what is delivered, now. */
  readonly flush: () => Promise<void>;
  /** Forgets what is delivered and not committed: the assignment is over. */
  readonly reset: () => void;
}

/** What the guarantee needs on the brokers besides topics. */
export function groupWanted({ delivery, input }: Pick<Settings, 'delivery' | 'input'>) {
  const transactionalId = (at: TopicPartition): string => transactionalIdOf(input.groupId, at);
  return {
    groupId: input.groupId,
    transactionalId: delivery === 'exactly-once' ? transactionalId : undefined,
  };
}

/** Builds the configured guarantee with its producers. */
export async function buildGuarantee(
  lifecycle: Lifecycle,
  parts: GuaranteeParts,
): Promise<BuiltGuarantee> {
  const { settings, kafka, source, ids, metrics, onRetry, onFatal } = parts;
  const compression = COMPRESSIONS[settings.output.compression];
  const sink = await lifecycle.start(() =>
    startKafkaSink({ kafka, compression, overrides: settings.kafkajs.producer }),
  );
  const write = watch(metrics.stageDuration, 'produce', createWriter(settings));

  if (settings.delivery === 'exactly-once') {
    const { groupId } = settings.input;
    const committed = await lifecycle.start(() => startCommitted(kafka, groupId, ids));
    const partitions = sink.partitions.bind(sink);
    const sendLimits = new SendLimits();
    const guarantee = createExactlyOnce({
      producerFor: kafkaTransactions({
        kafka,
        groupId,
        note: (topic) => ids.note(topic),
        believes: (topic, note) => ids.believes(topic, note),
        overrides: settings.kafkajs.producer,
      }),
      committed,
      write: (outcomes, transaction) =>
        write(
          outcomes,
          new KafkaSink(transaction, compression, partitions, sendLimits),
          (attempt) => attempt(),
        ),
      stillMember: (signal) => source.confirmed(signal),
      onRetry,
      onTransaction: (outcome, seconds) => {
        metrics.transactions.inc({ outcome });
        if (seconds !== undefined) metrics.stageDuration.observe({ stage: 'commit' }, seconds);
      },
    });
    return { guarantee, flush: () => Promise.resolve(), reset: () => undefined };
  }

  const committer = new Committer({
    commit: (offsets) => source.commit(offsets),
    intervalMs: settings.commit.intervalMs,
    onFatal,
    onCommitted: (_offsets, seconds) => {
      metrics.stageDuration.observe({ stage: 'commit' }, seconds);
    },
  });
  const guarantee = createAtLeastOnce({
    write: (outcomes, persist) => write(outcomes, sink, persist),
    committer,
    onRetry,
  });
  return {
    guarantee,
    flush: () => committer.flush(),
    reset: () => {
      committer.reset();
    },
  };
}
