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
  /** Writes scores and dead letters inside the transaction; throws instead of trying again. */
  readonly write: (outcomes: readonly Outcome[], transaction: T) => Promise<void>;
  /** Resolves at the next proof that the group still counts this member in. */
  readonly stillMember: (signal: AbortSignal) => Promise<void>;
  readonly onRetry: RetryOptions['onRetry'] & object;
  /** `seconds`: what the end of a committed transaction took. */
  readonly onTransaction: (outcome: 'committed' | 'doubtful', seconds?: number) => void;
}

/**
 * A transaction takes a chain of round trips, however much is in it: what is scored meanwhile goes
 * into the next one.
 */
const BATCHES_PER_TRANSACTION = 4;

/** A partition whose id is ours. What lies before the committed offset is done, whoever did it. */
interface Taken<T extends Transaction> {
  readonly producer: TransactionalProducer<T>;
  committed: bigint | undefined;
}

/**
 * Exactly once: scores, dead letters and the offset behind them are one transaction, with one
 * producer per input partition, whose transactional id belongs to the partition and not to the
 * process.
 *
 * Whoever is assigned a partition first takes its id over (`take`): the broker fences the producer
 * that had it and finishes or aborts what that had open. Only then is the committed offset read, so
 * it is final, and the partition processor drops what lies before it. From there on:
 * - a crash at any line: nothing was committed, and the next owner's `take` aborts it; or all of it
 *   was, and the next owner begins behind it;
 * - a zombie that wakes up: its id is taken over, so the broker refuses its records, its offsets
 *   and its commit;
 * - a commit whose answer is lost: the producer is thrown away and the partition taken anew; the
 *   committed offset then says whether the transaction happened, and the outcome is written again
 *   from there, or not at all;
 * - records from before the committed offset, which the consumer may still hand over (it asked for
 *   its position before the owner before had finished) or a partition processor still hold
 *   (somebody else had the id meanwhile): they are dropped, and the committed offset never moves
 *   back, which would give everything behind it to the next owner once more;
 * - a frame of a transaction that is over, repeated or held up on its way: each transaction has an
 *   epoch of its own, so the broker refuses it;
 * - any other failure inside a transaction: the same. A producer is never used again after one,
 *   because kafkajs cannot tell which of its states the broker shares.
 * Being fenced does not tell a zombie from an owner that a zombie took the id from. So before an id
 * is taken back, the group has to confirm the membership; a zombie is told otherwise there, and its
 * partition processors are abandoned.
 */
export function createExactlyOnce<T extends Transaction>(
  options: ExactlyOnceOptions<T>,
): Guarantee {
  const { producerFor, committed, write, stillMember, onRetry, onTransaction } = options;
  const taken = new Map<string, Taken<T>>();

  /** Takes the partition's id over and answers the committed offset as it is then. */
  async function take(partition: TopicPartition): Promise<bigint | undefined> {
    const producer = producerFor(partition);
    try {
      await producer.init();
      const offset = await committed(partition);
      taken.set(keyOf(partition), { producer, committed: offset });
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
   * One transaction that ends with the committed offset at `nextOffset`, however many attempts that
   * takes.
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
      // an attempt in doubt, or somebody else, has committed it
      if (from !== undefined && from >= nextOffset) return;
      let ending: number;
      try {
        const transaction = await own.producer.begin();
        // Side by side, to save round trips: neither counts without the commit, which waits for
        // both.
        await both(work(transaction, from), transaction.commitOffset(partition, nextOffset));
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

/** Like Promise.all, but nothing of either is under way any more when one has failed. */
async function both(...parts: [Promise<void>, Promise<void>]): Promise<void> {
  await Promise.allSettled(parts);
  await Promise.all(parts);
}

function isFenced(error: unknown): boolean {
  return error instanceof Fenced || (error instanceof Error && error.cause instanceof Fenced);
}

/**
 * What is not known by name may pass; what is known to need a person, and the end of this partition
 * processor, is thrown on.
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
