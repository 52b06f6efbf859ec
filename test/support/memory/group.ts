import { stickyAssignment } from '../../../src/consume/sticky.ts';
import type { Owned } from '../../../src/consume/kafka-owned.ts';
import { INPUT, type Cluster } from './cluster.ts';
import type { MemorySource } from './memory-source.ts';

export const SESSION_MS = 6000;
const REBALANCE_MS = 15_000;

/** The coordinator of one consumer group: generations, and who has which partition in them. */
export class Group {
  generation = 0;
  /** Whether the members are to join again. */
  preparing = false;
  /** Who has which partitions in this generation. */
  readonly owners = new Map<number, MemorySource>();
  onGeneration: () => void = () => undefined;
  readonly #cluster: Cluster;
  readonly #rebalanceMs: number;
  readonly #members = new Set<MemorySource>();
  #joined = new Set<MemorySource>();
  #limit: NodeJS.Timeout | undefined;

  constructor(cluster: Cluster, rebalanceMs = REBALANCE_MS) {
    this.#cluster = cluster;
    this.#rebalanceMs = rebalanceMs;
  }

  get members(): readonly MemorySource[] {
    return [...this.#members];
  }

  /** Whether the group takes what the member says in this generation. */
  accepts(member: MemorySource, generation: number): boolean {
    return this.#members.has(member) && generation === this.generation;
  }

  join(member: MemorySource): void {
    this.#members.add(member);
    this.#prepare();
    this.#joined.add(member);
    this.#completeIfReady();
  }

  /** It leaves, or its session is over. */
  leave(member: MemorySource): void {
    if (!this.#members.delete(member)) return;
    this.#joined.delete(member);
    this.#prepare();
    this.#completeIfReady();
  }

  #prepare(): void {
    if (this.preparing) return;
    this.preparing = true;
    this.#joined = new Set();
    clearTimeout(this.#limit);
    this.#limit = setTimeout(() => {
      for (const member of this.#members)
        if (!this.#joined.has(member)) this.#members.delete(member);
      this.#completeIfReady();
    }, this.#rebalanceMs);
    for (const member of this.#members) void member.hears();
  }

  #completeIfReady(): void {
    if (!this.preparing || this.#joined.size < this.#members.size) return;
    clearTimeout(this.#limit);
    this.preparing = false;
    this.generation++;
    this.owners.clear();
    const members = [...this.#members];
    const partitions = [...this.#cluster.input.keys()];
    const given = stickyAssignment(
      members.map((member) => ({
        memberId: member.peer.name,
        topics: [INPUT],
        owned: member.owned satisfies Owned,
      })),
      new Map([[INPUT, partitions]]),
    );
    for (const member of members) {
      const own = given.get(member.peer.name)?.[INPUT] ?? [];
      for (const partition of own) {
        if (this.owners.has(partition)) throw new Error(`${partition} has two owners`);
        this.owners.set(partition, member);
      }
      void member.sync(this.generation, own);
    }
    this.onGeneration();
  }
}
