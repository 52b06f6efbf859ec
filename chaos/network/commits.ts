import { readTopic, type ReadOptions } from '../read-topic.ts';

/**
 * Where the brokers keep what groups have committed: every commit is a record, in the order in
 * which they count.
 */
const TOPIC = '__consumer_offsets';
const LAST_OFFSET_KEY = 1;

interface Commit {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

export interface Steps {
  readonly commits: number;
  /** How often one was behind the one before it. */
  readonly back: number;
  /** By how many records at most. */
  readonly furthest: number;
}

/**
 * Counts the commits of a group that went back; those of transactions that were aborted are no
 * commits.
 */
export async function readCommits(
  group: string,
  options: Omit<ReadOptions, 'topic' | 'onRecord'>,
): Promise<Steps> {
  const steps = new CommitSteps();
  await readTopic({
    ...options,
    topic: TOPIC,
    onRecord: (_partition, { key, value }) => {
      const commit = key === null || value === null ? undefined : commitOf(key, value);
      if (commit?.group === group) steps.see(commit);
    },
  });
  return steps.steps;
}

export class CommitSteps {
  readonly #latest = new Map<string, number>();
  #commits = 0;
  #back = 0;
  #furthest = 0;

  get steps(): Steps {
    return { commits: this.#commits, back: this.#back, furthest: this.#furthest };
  }

  see({ topic, partition, offset }: Commit): void {
    const place = `${topic}-${partition}`;
    const before = this.#latest.get(place) ?? 0;
    this.#commits++;
    if (offset < before) {
      this.#back++;
      this.#furthest = Math.max(this.#furthest, before - offset);
    }
    this.#latest.set(place, offset);
  }
}

/** The broker's own record of a commit; undefined where it is about something else. */
export function commitOf(key: Buffer, value: Buffer): Commit | undefined {
  if (key.readInt16BE(0) > LAST_OFFSET_KEY) return undefined;
  const groupEnd = 4 + key.readInt16BE(2);
  const topicEnd = groupEnd + 2 + key.readInt16BE(groupEnd);
  return {
    group: key.toString('utf8', 4, groupEnd),
    topic: key.toString('utf8', groupEnd + 2, topicEnd),
    partition: key.readInt32BE(topicEnd),
    offset: Number(value.readBigInt64BE(2)),
  };
}
