import { NOTHING, type Owned } from '../../../src/consume/kafka-owned.ts';
import type { OffsetCommit, Source, SourceEvents } from '../../../src/consume/source.ts';
import { ScorerError } from '../../../src/errors.ts';
import type { TopicPartition } from '../../../src/flow/batch.ts';
import { INPUT, type Cluster } from './cluster.ts';
import type { Group } from './group.ts';
import type { Network, Peer } from './network.ts';

const FETCH_RECORDS = 7;
const HEARTBEAT_MS = 500;

export const away = (): ScorerError =>
  new ScorerError({ code: 'BROKER_UNAVAILABLE', what: 'the broker does not answer' });

/**
 * A member of the group in memory, which behaves as the port says (test/contract/source.test.ts).
 * Everything that it does goes through the network.
 */
export class MemorySource implements Source {
  readonly peer: Peer;
  owned: Owned = NOTHING;
  /** How many assignments it has had. */
  assignments = 0;
  /** Partitions of this assignment, and where each was read to. */
  readonly positions = new Map<number, bigint>();
  /** Told of what the service asks to be committed, before it is on its way. */
  onCommit: (offsets: readonly OffsetCommit[]) => void = () => undefined;
  /** Told when the group has counted it in, or assigned anew. */
  onCounted: () => void = () => undefined;
  readonly #network: Network;
  readonly #cluster: Cluster;
  readonly #group: Group;
  readonly #paused = new Set<number>();
  /** What was handed over and is being handled. */
  readonly #handling = new Set<Promise<void>>();
  readonly #started = Promise.withResolvers<undefined>();
  #resumed = Promise.withResolvers<undefined>();
  #events: SourceEvents | undefined;
  #generation = -1;
  /** Counts assignments and their ends: what was fetched before is void. */
  #epoch = 0;
  #joining = false;
  /** It has joined, and does not know yet what it has. */
  #joined = false;
  #stopped = false;

  constructor(peer: Peer, network: Network, cluster: Cluster, group: Group) {
    this.peer = peer;
    this.#network = network;
    this.#cluster = cluster;
    this.#group = group;
  }

  async start(events: SourceEvents): Promise<void> {
    this.#events = events;
    void this.#join();
    await this.#started.promise;
  }

  commit(offsets: readonly OffsetCommit[]): Promise<boolean> {
    this.onCommit(offsets);
    const generation = this.#generation;
    const by = this.peer;
    return this.#ask(
      'commit',
      () => {
        if (!this.#group.accepts(this, generation)) return false;
        for (const { partition, offset } of offsets)
          this.#cluster.commit({ partition, offset, by });
        return true;
      },
      away,
    );
  }

  async confirmed(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const accepted = await this.#ask(
        'heartbeat',
        () => !this.#group.preparing && this.#group.accepts(this, this.#generation),
      );
      if (accepted) {
        this.onCounted();
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, HEARTBEAT_MS));
    }
  }

  pause({ partition }: TopicPartition): void {
    this.#paused.add(partition);
  }

  resume({ partition }: TopicPartition): void {
    this.#paused.delete(partition);
    this.#resumed.resolve(undefined);
    this.#resumed = Promise.withResolvers<undefined>();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#epoch++;
    await Promise.allSettled(this.#handling);
    await this.#ask('leave', () => {
      this.#group.leave(this);
    });
  }

  /** The group wants its members to join again. */
  async hears(): Promise<void> {
    if (!this.#works()) return;
    await this.#ask('heartbeat', () => undefined);
    if (!this.#works()) return;
    this.#joining = true;
    this.#epoch++;
    await this.#events!.rejoining();
    await this.#join();
  }

  /** The cluster was away for longer than the client waits. */
  interrupt(): void {
    if (this.#joining || this.#stopped || this.#generation < 0) return;
    this.#joining = true;
    this.#epoch++;
    this.positions.clear();
    this.#events!.interrupted(away());
    void this.#join();
  }

  /** Its process goes on after a while; the next heartbeat tells whether the group still has it. */
  async wakes(): Promise<void> {
    const there = await this.#ask('heartbeat', () => this.#group.accepts(this, this.#generation));
    if (there) return;
    if (this.#joined) await this.#join();
    else await this.hears();
  }

  async sync(generation: number, partitions: readonly number[]): Promise<void> {
    const current = await this.#ask('sync', () => this.#group.accepts(this, generation));
    this.#joined = false;
    if (this.#stopped) return;
    if (!current) return this.#join();
    this.#generation = generation;
    this.#joining = false;
    this.owned = { generation, partitions: { [INPUT]: partitions } };
    this.#paused.clear();
    this.positions.clear();
    const epoch = ++this.#epoch;
    this.assignments++;
    this.onCounted();
    this.#events!.assigned(partitions.map((partition) => ({ topic: INPUT, partition })));
    this.#started.resolve(undefined);
    for (const partition of partitions) void this.#read(partition, epoch);
    if (this.#group.preparing) void this.hears();
  }

  #works(): boolean {
    return !this.#joining && !this.#stopped;
  }

  async #join(): Promise<void> {
    this.#joining = true;
    await this.#ask('join', () => {
      if (!this.#stopped) this.#group.join(this);
    });
    this.#joined = true;
  }

  /** Hands over one partition from its committed offset on, for as long as the assignment lasts. */
  async #read(partition: number, epoch: number): Promise<void> {
    const log = this.#cluster.input[partition]!;
    const from = await this.#ask('offset', () => this.#cluster.committed.get(partition) ?? 0n);
    if (epoch === this.#epoch) this.#events!.looped(true); // as it would at a fetch of nothing
    for (let position = Number(from); ;) {
      while (epoch === this.#epoch && (position >= log.length || this.#paused.has(partition)))
        await Promise.race([this.#cluster.changed, this.#resumed.promise]);
      if (epoch !== this.#epoch) return;
      const start = position;
      const entries = await this.#ask('fetch', () => log.slice(start, start + FETCH_RECORDS));
      if (epoch !== this.#epoch) return;
      position += entries.length;
      this.positions.set(partition, BigInt(position));
      this.#events!.looped(true);
      const handled = this.#events!.fetched({
        topic: INPUT,
        partition,
        records: entries.filter((entry) => entry !== null),
        nextOffset: BigInt(position),
        endOffset: BigInt(log.length),
      });
      this.#handling.add(handled);
      try {
        await handled;
      } catch (error) {
        this.#events!.crashed(error as Error);
        return;
      } finally {
        this.#handling.delete(handled);
      }
    }
  }

  #ask<T>(what: string, apply: () => T, outage?: () => Error): Promise<Awaited<T>> {
    return this.#network.ask(this.peer, what, apply, outage);
  }
}
