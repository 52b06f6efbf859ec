import { setTimeout as sleep } from 'node:timers/promises';
import type { TopicPartition } from '../../src/flow/batch.ts';
import type { OffsetCommit, Source, SourceEvents } from '../../src/consume/source.ts';
import { inputRecord } from './given-records.ts';

/**
 * What stands at an offset: a record that is delivered, or a marker or an aborted record, which is
 * not.
 */
type Entry = { readonly value: Buffer } | null;

/**
 * A topic and one consumer group in memory, for members that behave as the port says
 * (test/contract/source.test.ts).
 */
export class FakeGroup {
  readonly topic = 'in';
  readonly committed = new Map<number, bigint>();
  readonly logs: Entry[][];
  readonly #rejoinMs: number;
  #members: FakeSource[] = [];
  #rebalanced: Promise<void> = Promise.resolve();
  #written = Promise.withResolvers<undefined>();

  constructor(partitions: number, rejoinMs = 60_000) {
    this.logs = Array.from({ length: partitions }, () => []);
    this.#rejoinMs = rejoinMs;
  }

  member(): FakeSource {
    return new FakeSource(this);
  }

  append(partition: number, entries: readonly Entry[]): void {
    this.logs[partition]!.push(...entries);
    this.touch();
  }

  /** Lets everyone who waits for something new look again. */
  touch(): void {
    this.#written.resolve(undefined);
    this.#written = Promise.withResolvers<undefined>();
  }

  get changed(): Promise<undefined> {
    return this.#written.promise;
  }

  join(member: FakeSource): Promise<void> {
    return this.#rebalance(() => (this.#members = [...this.#members, member]));
  }

  leave(member: FakeSource): Promise<void> {
    return this.#rebalance(
      () => (this.#members = this.#members.filter((other) => other !== member)),
      member,
    );
  }

  /** Everyone who stays finishes first; who does not within the time is out of the group. */
  #rebalance(change: () => unknown, leaving?: FakeSource): Promise<void> {
    this.#rebalanced = this.#rebalanced.then(async () => {
      const asked = this.#members.filter((member) => member !== leaving);
      const late = sleep(this.#rejoinMs, false, { ref: false });
      const ready = await Promise.all(
        asked.map((member) => Promise.race([member.prepare(), late])),
      );
      this.#members = this.#members.filter(
        (member) => member === leaving || ready[asked.indexOf(member)],
      );
      for (const member of asked) if (!this.#members.includes(member)) member.lost();
      change();
      for (const [i, member] of this.#members.entries()) {
        member.assign(
          [...this.logs.keys()].filter((partition) => partition % this.#members.length === i),
        );
      }
    });
    return this.#rebalanced;
  }
}

const FETCH_RECORDS = 100;

class FakeSource implements Source {
  readonly #group: FakeGroup;
  readonly #paused = new Set<number>();
  #events: SourceEvents | undefined;
  #member = false;
  /** Counts the assignments: what was fetched for an earlier one is void. */
  #epoch = 0;
  #handling: Promise<unknown>[] = [];

  constructor(group: FakeGroup) {
    this.#group = group;
  }

  async start(events: SourceEvents): Promise<void> {
    this.#events = events;
    await this.#group.join(this);
  }

  async commit(offsets: readonly OffsetCommit[]): Promise<boolean> {
    if (!this.#member) return false;
    for (const { partition, offset } of offsets) this.#group.committed.set(partition, offset);
    return true;
  }

  async confirmed(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
  }

  pause({ partition }: TopicPartition): void {
    this.#paused.add(partition);
  }

  resume({ partition }: TopicPartition): void {
    this.#paused.delete(partition);
    this.#group.touch();
  }

  async stop(): Promise<void> {
    this.#epoch++;
    this.#group.touch();
    await Promise.all(this.#handling);
    this.#member = false;
    await this.#group.leave(this);
  }

  /** The group is about to assign anew. */
  async prepare(): Promise<boolean> {
    await this.#events?.rejoining();
    return true;
  }

  lost(): void {
    this.#member = false;
    this.#epoch++;
  }

  assign(partitions: readonly number[]): void {
    this.#member = true;
    const epoch = ++this.#epoch;
    const { topic } = this.#group;
    this.#events!.assigned(partitions.map((partition) => ({ topic, partition })));
    this.#events!.looped(true);
    this.#handling = partitions.map((partition) => this.#read(partition, epoch));
  }

  /** Hands over one partition from its committed offset on, for as long as the assignment lasts. */
  async #read(partition: number, epoch: number): Promise<void> {
    const { topic, committed, logs } = this.#group;
    const log = logs[partition]!;
    let position = Number(committed.get(partition) ?? 0n);
    for (;;) {
      await Promise.resolve();
      while (epoch === this.#epoch && (position >= log.length || this.#paused.has(partition))) {
        await this.#group.changed;
      }
      if (epoch !== this.#epoch) return;
      this.#events!.looped(true);
      const end = Math.min(log.length, position + FETCH_RECORDS);
      const records = log
        .slice(position, end)
        .flatMap((entry, i) => (entry === null ? [] : [inputRecord(position + i, entry)]));
      position = end;
      try {
        const endOffset = BigInt(log.length);
        await this.#events!.fetched({
          topic,
          partition,
          records,
          nextOffset: BigInt(end),
          endOffset,
        });
      } catch (error) {
        this.#events!.crashed(error as Error);
        return;
      }
    }
  }
}
