import type { Owned } from './kafka-owned.ts';

export interface Subscriber {
  readonly memberId: string;
  readonly topics: readonly string[];
  readonly owned: Owned;
}

/** Partitions of each member, by topic. */
export type Assignment = Map<string, Record<string, number[]>>;

/**
 * Gives every partition to a member that reads its topic, evenly, and moves as few as possible.
 * 1. A partition stays with the member that had it last, if that member still reads the topic.
 * 2. A partition without an owner goes to the member with the fewest. Topics with few readers go
 *    first, because other topics can balance the counts later.
 * 3. While a member has at least two more partitions than another one that could read some of them,
 *    one partition moves.
 */
export function stickyAssignment(
  members: readonly Subscriber[],
  partitionsOf: ReadonlyMap<string, readonly number[]>,
): Assignment {
  const shares = members
    .toSorted((a, b) => (a.memberId < b.memberId ? -1 : 1))
    .map(({ memberId, topics, owned }) => new Share(memberId, new Set(topics), owned));
  const readersOf = (topic: string): Share[] => shares.filter(({ topics }) => topics.has(topic));
  const fewestReadersFirst = [...partitionsOf]
    .map(([topic, partitions]) => ({
      topic,
      partitions: partitions.toSorted((a, b) => a - b),
      readers: readersOf(topic),
    }))
    .filter(({ readers }) => readers.length > 0)
    .toSorted((a, b) => a.readers.length - b.readers.length || (a.topic < b.topic ? -1 : 1));

  const free: { topic: string; partition: number; readers: Share[] }[] = [];
  for (const { topic, partitions, readers } of fewestReadersFirst) {
    const owners = lastOwners(topic, readers);
    for (const partition of partitions) {
      const owner = owners.get(partition);
      if (owner === undefined) free.push({ topic, partition, readers });
      else owner.give(topic, partition);
    }
  }
  for (const { topic, partition, readers } of free) least(readers).give(topic, partition);
  even(shares);
  return new Map(shares.map((share) => [share.memberId, share.result()]));
}

class Share {
  readonly memberId: string;
  readonly topics: ReadonlySet<string>;
  readonly owned: Owned;
  readonly #given = new Map<string, number[]>();
  count = 0;

  constructor(memberId: string, topics: ReadonlySet<string>, owned: Owned) {
    this.memberId = memberId;
    this.topics = topics;
    this.owned = owned;
  }

  give(topic: string, partition: number): void {
    const given = this.#given.get(topic) ?? [];
    this.#given.set(topic, given);
    given.push(partition);
    this.count++;
  }

  /** Hands one partition over, if the other reads any of these topics. */
  handTo(other: Share): boolean {
    for (const [topic, given] of this.#given) {
      if (given.length === 0 || !other.topics.has(topic)) continue;
      other.give(topic, given.pop()!);
      this.count--;
      return true;
    }
    return false;
  }

  result(): Record<string, number[]> {
    const lists = [...this.#given].filter(([, given]) => given.length > 0);
    return Object.fromEntries(
      lists.map(([topic, given]) => [topic, given.toSorted((a, b) => a - b)]),
    );
  }
}

function lastOwners(topic: string, readers: readonly Share[]): Map<number, Share> {
  const owners = new Map<number, Share>();
  for (const reader of readers) {
    for (const partition of reader.owned.partitions[topic] ?? []) {
      const other = owners.get(partition);
      if (other === undefined || other.owned.generation < reader.owned.generation)
        owners.set(partition, reader);
    }
  }
  return owners;
}

function least(readers: readonly Share[]): Share {
  return readers.reduce((fewest, reader) => (reader.count < fewest.count ? reader : fewest));
}

/** Each move reduces the sum of the squares of the counts, so the loop ends. */
function even(shares: readonly Share[]): void {
  for (;;) {
    const byCount = shares.toSorted((a, b) => a.count - b.count);
    const moved = byCount.some((poor) =>
      byCount.toReversed().some((rich) => rich.count - poor.count > 1 && rich.handTo(poor)),
    );
    if (!moved) return;
  }
}
