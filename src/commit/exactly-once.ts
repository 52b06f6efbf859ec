import { ScorerError } from '../errors.ts';
import type { TopicPartition } from '../flow/batch.ts';
import { since, type Outcome } from '../flow/outcome.ts';
import { isAbortOf } from '../runtime/abort.ts';
import { untilAvailable, type RetryOptions } from '../runtime/retry.ts';
import type { Guarantee } from './guarantee.ts';
import { Fenced, type Transaction, type TransactionalProducer } from './transactions.ts';

export interface ExactlyOnceOptions<T extends Transaction> {
  /** A new producer object with the partition's stable transactional id. */
  readonly producerFor: (partition: TopicPartition) => TransactionalProducer<T>;
  /** The group's committed offset, or undefined where there is none. */
  readonly committed: (partition: TopicPartition) => Promise<bigint | undefined>;
  /** Writes scores and dead letters inside the transaction. Throws instead of retrying. */
  readonly write: (outcomes: readonly Outcome[], transaction: T) => Promise<void>;
  /** Resolves at the next proof that this member is still in the group. */
  readonly stillMember: (signal: AbortSignal) => Promise<void>;
  readonly onRetry: RetryOptions['onRetry'] & object;
  /** `seconds`: how long the commit of a transaction took. */
  readonly onTransaction: (outcome: 'committed' | 'doubtful', seconds?: number) => void;
}

/**
 * A transaction needs several round trips, whatever its size. The batches that are scored meanwhile
 * go into the next one.
 */
const BATCHES_PER_TRANSACTION = 4;

/**
 * A partition whose transactional id is ours. Everything before the committed offset is done,
 * whoever did it.
 */
interface Taken<T extends Transaction> {
  readonly producer: TransactionalProducer<T>;
  committed: bigint | undefined;
  /** The coordinator that took an offset of this producer agreed. */
  confirmed: boolean;
}

/**
 * Exactly once: scores, dead letters and the offset after them are one transaction. There is one
 * producer per input partition, and its transactional id belongs to the partition, not to the
 * process.
 *
 * The new owner of a partition first takes over its id (`take`): the broker fences the earlier
 * producer and completes or aborts its open transaction. Only then the committed offset is read, so
 * it is final, and the partition processor drops the records before it. After that:
 * - A crash at any line: either nothing was committed and the `take` of the next owner aborts it,
 *   or everything was and the next owner starts after it.
 * - A zombie that wakes up: its id was taken over, so the broker rejects its records, its offsets
 *   and its commit.
 * - A commit whose answer is lost: the producer is discarded and the partition is taken again. The
 *   committed offset then says whether the transaction happened. The outcome is written again from
 *   there, or not at all.
 * - A committed offset that is out of date: a broker that was stopped for long wakes up, still
 *   takes itself for the coordinator of the group, and answers from its memory. Reading needs no
 *   other broker, but writing does. So before the first commit of a producer, the coordinator that
 *   took its offset is asked again. If it has another offset, the partition is taken again.
 * - Records from before the committed offset: the consumer may still deliver them (it asked for its
 *   position before the earlier owner had finished), or a partition processor may still hold them
 *   (another member had the id meanwhile). They are dropped. The committed offset never moves back,
 *   because the next owner would then repeat everything after it.
 * - A frame of a finished transaction that is repeated or delayed on its way: each transaction has
 *   its own epoch, so the broker rejects the frame.
 * - Any other failure inside a transaction is handled the same way. A producer is never used again
 *   after a failure, because kafkajs cannot tell which of its states the broker shares.
 *
 * A fenced producer does not know whether it is the zombie, or the owner whose id a zombie took. So
 * the group has to confirm the membership before an id is taken back. A zombie gets no
 * confirmation, and its partition processors are abandoned.
 */
export function createExactlyOnce<T extends Transaction>(
  options: ExactlyOnceOptions<T>,
): Guarantee {
  const { producerFor, committed, write, stillMember, onRetry, onTransaction } = options;
  const taken = new Map<string, Taken<T>>();

  /** Takes over the id of the partition and returns the committed offset as it is then. */
  async function take(partition: TopicPartition): Promise<bigint | undefined> {
    const producer = producerFor(partition);
    try {
      await producer.init();
      const offset = await committed(partition);
      taken.set(keyOf(partition), { producer, committed: offset, confirmed: false });
      return offset;
    } catch (error) {
      await producer.close();
      throw error;
    }
  }

  async function drop(partition: TopicPartition): Promise<void> {
    const own = taken.get(keyOf(partition));
    taken.delete(keyOf(partition));
    await own?.producer.close();
  }

  /**
   * Runs one transaction that ends with the committed offset at `nextOffset`, in as many attempts
   * as needed.
   */
  async function transact(
    partition: TopicPartition,
    nextOffset: bigint,
    signal: AbortSignal,
    work: (transaction: T, from: bigint | undefined) => Promise<void>,
  ): Promise<void> {
    const attempt = async (): Promise<void> => {
      if (!taken.has(keyOf(partition))) await take(partition);
      const own = taken.get(keyOf(partition))!;
      const from = own.committed;
      // an earlier attempt with unknown result, or another member, has committed it
      if (from !== undefined && from >= nextOffset) return;
      let ending: number;
      try {
        const transaction = await own.producer.begin();
        // Both run at the same time, to save round trips. Neither has an effect without the commit,
        // which waits for both.
        await both(work(transaction, from), transaction.commitOffset(partition, nextOffset));
        if (!own.confirmed) await confirm(partition, from, transaction);
        own.confirmed = true;
        ending = performance.now();
        await transaction.commit();
        own.committed = nextOffset;
      } catch (error) {
        onTransaction('doubtful');
        await drop(partition);
        if (isFenced(error)) await stillMember(signal);
        throw error;
      }
      onTransaction('committed', (performance.now() - ending) / 1000);
    };
    await untilAvailable(() => attempt().catch(asOutage(signal)), { signal, onRetry });
  }

  return {
    maxBatchesPerDelivery: BATCHES_PER_TRANSACTION,
    async open(partition, signal) {
      return untilAvailable(() => take(partition).catch(asOutage(signal)), { signal, onRetry });
    },
    async deliver(outcomes, nextOffset, signal) {
      await transact(outcomes[0]!.batch, nextOffset, signal, (transaction, from) =>
        write(
          from === undefined ? outcomes : outcomes.map((outcome) => since(outcome, from)),
          transaction,
        ),
      );
    },
    skipTo: (partition, nextOffset, signal) =>
      transact(partition, nextOffset, signal, () => Promise.resolve()),
    close: drop,
  };
}

/** Throws if the committed offset was not what the transaction starts from. */
async function confirm(
  partition: TopicPartition,
  from: bigint | undefined,
  transaction: Transaction,
): Promise<void> {
  const before = await transaction.committedBefore(partition);
  if (before === from) return;
  throw new Error(
    `the committed offset of ${keyOf(partition)} was read as ${from ?? 'none'}, and is ${before ?? 'none'}: the broker that answered was no longer the coordinator`,
  );
}

/** Like Promise.all, but when one has failed, it also waits for the other to end. */
async function both(...parts: [Promise<void>, Promise<void>]): Promise<void> {
  await Promise.allSettled(parts);
  await Promise.all(parts);
}

function isFenced(error: unknown): boolean {
  return error instanceof Fenced || (error instanceof Error && error.cause instanceof Fenced);
}

/**
 * An error that is not known by name may pass, so it is retried. Errors that need a person, and the
 * end of this partition processor, are rethrown.
 */
const asOutage =
  (signal: AbortSignal) =>
  (error: unknown): never => {
    if (error instanceof ScorerError || isAbortOf(signal, error)) throw error;
    const what = error instanceof Error ? error.message : String(error);
    throw new ScorerError(
      { code: isFenced(error) ? 'PRODUCER_FENCED' : 'DESTINATION_UNAVAILABLE', what },
      { cause: error },
    );
  };

const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}-${partition}`;
