import { setTimeout as sleep } from 'node:timers/promises';
import { ScorerError } from '../../errors.ts';
import type { InputRecord } from '../../flow/record.ts';
import type { ListEvents, OpenList } from './key-list.ts';
import { KeyTable } from './key-table.ts';
import { entryOfRecord, type KeyType } from './list-entry.ts';

/** Records of one partition of the topic of a list. */
export interface ListRecords {
  readonly partition: number;
  readonly records: readonly Pick<InputRecord, 'offset' | 'key' | 'value'>[];
  /** Where the partition continues. */
  readonly nextOffset: bigint;
}

/**
 * Reads the topic from these offsets (undefined: from the oldest record): up to its end, or beyond
 * (`follow`), until the signal aborts.
 */
export type ReadListTopic = (range: {
  readonly from: (partition: number) => number | undefined;
  readonly follow: boolean;
  readonly signal: AbortSignal;
}) => AsyncIterable<ListRecords>;

export interface TopicListOptions {
  readonly read: ReadListTopic;
  readonly events: ListEvents;
  /** Default: string. */
  readonly type?: KeyType | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How long it waits after an error, in ms. */
  readonly retryMs?: number;
  /** After this time it begins to read again, and sees partitions that were added. */
  readonly renewMs?: number;
}

const RETRY_MS = 2000;
const RENEW_MS = 300_000;

/**
 * A list from a compacted topic. It is read to its end before the first event is scored, and
 * followed from then on. If the topic cannot be read, the list keeps what it has.
 */
export async function openTopicList(options: TopicListOptions): Promise<OpenList> {
  const { read, events, type, signal, retryMs = RETRY_MS, renewMs = RENEW_MS } = options;
  const closing = new AbortController();
  const closed = (): boolean => closing.signal.aborted;
  let state = await loaded(signal === undefined ? closing.signal : signal);
  let trouble: string | undefined;
  let following: Promise<void> | undefined;

  /** The whole topic. */
  async function loaded(until: AbortSignal): Promise<State> {
    const next = new State(type);
    for await (const batch of read({ from: () => undefined, follow: false, signal: until }))
      next.apply(batch, events);
    return next;
  }

  function told(why: string | undefined): void {
    if (why === trouble) return;
    trouble = why;
    events.away(why);
  }

  async function followed(): Promise<void> {
    const renewal = new AbortController();
    const timer = setTimeout(() => {
      renewal.abort();
    }, renewMs);
    timer.unref();
    const until = AbortSignal.any([closing.signal, renewal.signal]);
    try {
      const from = (partition: number): number | undefined => state.next.get(partition);
      for await (const batch of read({ from, follow: true, signal: until })) {
        state.apply(batch, events);
        told(undefined);
      }
    } catch (error) {
      if (!until.aborted) throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  async function follow(): Promise<void> {
    let another = false;
    while (!closed()) {
      try {
        await followed();
      } catch (error) {
        if (closed()) return;
        const code = error instanceof ScorerError ? error.code : undefined;
        const why = error instanceof Error ? error.message : String(error);
        told(`the topic cannot be read: ${why}`);
        await sleep(retryMs, undefined, { signal: closing.signal, ref: false }).catch(
          () => undefined,
        );
        // The topic was made again, or its records were deleted: it is another list.
        another ||= code === 'OFFSET_OUT_OF_RANGE' || code === 'TOPIC_NOT_FOUND';
        if (another) another = !(await reloaded());
      }
    }
  }

  async function reloaded(): Promise<boolean> {
    try {
      state = await loaded(closing.signal);
      told(undefined);
      return true;
    } catch {
      return false; // the next attempt reports it
    }
  }

  return {
    has: (key, now) => state.table.has(key, now),
    mark: (...batch) => state.table.mark(...batch),
    get position() {
      return state.position;
    },
    get size() {
      return state.table.size;
    },
    get trouble() {
      return trouble ?? state.trouble;
    },
    follow: () => {
      following ??= follow();
    },
    close: async () => {
      closing.abort();
      await following;
    },
  };
}

/** The keys, and how far each partition was read. */
class State {
  readonly table = new KeyTable();
  readonly next = new Map<number, number>();
  readonly #type: KeyType | undefined;
  #rejected = 0;
  #position: string | undefined = '';

  constructor(type: KeyType | undefined) {
    this.#type = type;
  }

  /** `0:1532,1:77`. */
  get position(): string {
    this.#position ??= [...this.next]
      .sort(([a], [b]) => a - b)
      .map(([partition, offset]) => `${partition}:${offset}`)
      .join();
    return this.#position;
  }

  get trouble(): string | undefined {
    return this.#rejected === 0
      ? undefined
      : `records that are not understood and were not applied: ${this.#rejected}`;
  }

  apply({ partition, records, nextOffset }: ListRecords, events: ListEvents): void {
    let rejected = 0;
    let first = '';
    let where = '';
    for (const { offset, key, value } of records) {
      const entry = entryOfRecord(key, value, this.#type);
      if (entry.is === 'key') this.table.set(entry.key, entry.expires);
      else if (entry.is === 'removed') this.table.delete(entry.key);
      else if (rejected++ === 0) [first, where] = [entry.what, `${partition}:${offset}`];
    }
    this.#rejected += rejected;
    if (rejected > 0) events.rejected(rejected, first, where);
    this.next.set(partition, Number(nextOffset));
    this.#position = undefined;
  }
}
