import { Fenced } from '../../../src/commit/transactions.ts';
import { ScorerError } from '../../../src/errors.ts';
import type { TopicPartition } from '../../../src/flow/batch.ts';
import type { InputRecord, OutputRecord } from '../../../src/flow/record.ts';
import type { Refused } from '../../../src/produce/sink.ts';
import type { Network, Peer } from './network.ts';

export const INPUT = 'in';

/** A transaction of one input partition; its records count once it is committed. */
interface Transaction {
  state: 'open' | 'ending' | 'committed' | 'aborted';
  readonly by: Peer;
  readonly offsets: Map<number, bigint>;
}

interface Written {
  readonly record: OutputRecord;
  readonly transaction: Transaction | undefined;
}

/** An offset as it became the group's. */
export interface Commit {
  readonly partition: number;
  readonly offset: bigint;
  readonly by: Peer;
}

/**
 * Topics, committed offsets and transactions of a Kafka cluster, as far as the guarantees rely on
 * them: an id has one epoch at a time, and who has another is fenced; taking an id over aborts what
 * is open and ends what is ending; a transaction's records and offsets count together, some time
 * after its end was answered.
 */
export class Cluster {
  /** Records of the input; null is a marker or an aborted record. */
  readonly input: (InputRecord | null)[][];
  readonly committed = new Map<number, bigint>();
  /** Told of every commit just before it counts. */
  onCommit: (commit: Commit) => void = () => undefined;
  /** Told when a process has taken the id of a partition over. */
  onTaken: (partition: number, by: Peer) => void = () => undefined;
  /** Which records the topics take. */
  takes: (record: OutputRecord) => boolean = () => true;
  readonly #network: Network;
  readonly #topics: Map<string, number>;
  readonly #output = new Map<string, Written[]>();
  readonly #ids = new Map<string, { epoch: number; transaction: Transaction | undefined }>();
  #changed = Promise.withResolvers<undefined>();

  /** `topics`: of the output, each with as many partitions as the input. */
  constructor(network: Network, partitions: number, topics: readonly string[] = ['out', 'dead']) {
    this.#network = network;
    this.#topics = new Map(topics.map((topic) => [topic, partitions]));
    this.input = Array.from({ length: partitions }, () => []);
  }

  append(partition: number, records: readonly (InputRecord | null)[]): void {
    this.input[partition]!.push(...records);
    this.#changed.resolve(undefined);
    this.#changed = Promise.withResolvers<undefined>();
  }

  /** Resolves at the next change of the input. */
  get changed(): Promise<undefined> {
    return this.#changed.promise;
  }

  commit(commit: Commit): void {
    this.onCommit(commit);
    this.committed.set(commit.partition, commit.offset);
  }

  create(topic: string, partitions: number): void {
    this.#topics.set(topic, partitions);
  }

  /** How many partitions a topic of the output has. */
  partitions(topic: string): number {
    const count = this.#topics.get(topic);
    if (count === undefined)
      throw new ScorerError({
        code: 'DESTINATION_UNAVAILABLE',
        what: 'no such topic',
        where: topic,
      });
    return count;
  }

  write(to: TopicPartition, records: readonly OutputRecord[]): readonly Refused[] {
    return this.#append(to, records, undefined);
  }

  /** What a reader of committed records sees, in order. */
  visible({ topic, partition }: TopicPartition): readonly OutputRecord[] {
    return this.#log({ topic, partition })
      .filter(({ transaction }) => transaction === undefined || transaction.state === 'committed')
      .map(({ record }) => record);
  }

  /** Transactions that are open: a reader of committed records waits behind them. */
  get open(): number {
    return [...this.#ids.values()].filter(
      ({ transaction }) => transaction?.state === 'open' || transaction?.state === 'ending',
    ).length;
  }

  /** Takes an id over; answers its epoch. */
  take(id: string, partition: number, by: Peer): number {
    const { epoch = 0, transaction } = this.#ids.get(id) ?? {};
    if (transaction?.state === 'open') transaction.state = 'aborted';
    this.#finish(transaction);
    this.#ids.set(id, { epoch: epoch + 1, transaction: undefined });
    this.onTaken(partition, by);
    return epoch + 1;
  }

  writeIn(
    [id, epoch, by]: readonly [string, number, Peer],
    to: TopicPartition,
    records: readonly OutputRecord[],
  ): readonly Refused[] {
    return this.#append(to, records, this.#transaction(id, epoch, by));
  }

  commitIn(
    [id, epoch, by]: readonly [string, number, Peer],
    partition: number,
    offset: bigint,
  ): void {
    this.#transaction(id, epoch, by).offsets.set(partition, offset);
  }

  /** Decides for the transaction; answers the epoch of the next one. */
  end([id, epoch, by]: readonly [string, number, Peer]): number {
    const transaction = this.#transaction(id, epoch, by);
    transaction.state = 'ending';
    this.#network.later('markers', () => {
      this.#finish(transaction);
    });
    this.#ids.set(id, { epoch: epoch + 1, transaction });
    return epoch + 1;
  }

  #transaction(id: string, epoch: number, by: Peer): Transaction {
    const own = this.#ids.get(id);
    if (own === undefined || own.epoch !== epoch) throw new Fenced();
    if (own.transaction?.state === 'open') return own.transaction;
    this.#finish(own.transaction); // the next one waits for the markers of the one before
    own.transaction = { state: 'open', by, offsets: new Map() };
    return own.transaction;
  }

  #finish(transaction: Transaction | undefined): void {
    if (transaction?.state !== 'ending') return;
    transaction.state = 'committed';
    for (const [partition, offset] of transaction.offsets)
      this.commit({ partition, offset, by: transaction.by });
  }

  #append(
    to: TopicPartition,
    records: readonly OutputRecord[],
    transaction: Transaction | undefined,
  ): readonly Refused[] {
    const refused: Refused[] = [];
    for (const [index, record] of records.entries()) {
      if (this.takes(record)) this.#log(to).push({ record, transaction });
      else refused.push({ index, reason: 'too large' });
    }
    return refused;
  }

  #log({ topic, partition }: TopicPartition): Written[] {
    if (partition >= this.partitions(topic))
      throw new ScorerError({ code: 'OUTPUT_PARTITIONS', what: 'no such partition', where: topic });
    const key = `${topic}-${partition}`;
    const log = this.#output.get(key) ?? [];
    this.#output.set(key, log);
    return log;
  }
}
