import { setImmediate as immediate, setTimeout as sleep } from 'node:timers/promises';
import type { OutputRecord } from '../flow/record.ts';
import type { Sink } from '../produce/sink.ts';
import { untilAvailable } from '../runtime/retry.ts';

/** One event to send, with its key. */
export interface FeedEvent {
  readonly id: string;
  readonly key: Buffer;
  /** In Confluent wire format. */
  readonly value: Buffer;
}

export interface FeedOptions {
  /** Undefined if the next one is not ready yet. Signals are handled meanwhile. */
  readonly events: Iterator<FeedEvent | undefined>;
  readonly sink: Sink;
  readonly topic: string;
  /** Events per second. */
  readonly rate: number;
  readonly signal: AbortSignal;
  /** The feed goes on when it resolves. The rate does not count the time until then. */
  readonly onSent: (events: number) => Promise<void> | undefined;
}

/** How often a slice of events is sent. */
const TICK_MS = 20;
/** After a delay, the feed catches up in slices no larger than this. */
const MAX_PER_TICK = 2000;

/**
 * Writes events at a rate, spread over the partitions by key, until they end or the signal aborts.
 */
export async function feed({
  events,
  sink,
  topic,
  rate,
  signal,
  onSent,
}: FeedOptions): Promise<void> {
  const retry = { signal, onRetry: () => undefined };
  const partitions = await untilAvailable(() => sink.partitions(topic), retry);
  // The first event may need some time (the simulated past). The rate counts from then on.
  let slice = take(events, 1);
  while (slice?.length === 0 && !signal.aborted) {
    await immediate();
    slice = take(events, 1);
  }
  let started = performance.now();
  let sent = 0;
  while (slice !== undefined && !signal.aborted) {
    const byPartition = Map.groupBy(slice, ({ key }) => sink.partitionOf(key, partitions, 0));
    const writes = [...byPartition].map(([partition, part]) => {
      const records = part.map(({ key, value }): OutputRecord => ({ key, value }));
      return untilAvailable(() => sink.write({ topic, partition }, records), retry);
    });
    await Promise.all(writes);
    sent += slice.length;
    const held = onSent(sent);
    if (held !== undefined) {
      const since = performance.now();
      await held;
      started += performance.now() - since;
    }
    const due = (): number => Math.floor(((performance.now() - started) / 1000) * rate) - sent;
    if (due() < MAX_PER_TICK) await sleep(TICK_MS, undefined, { signal }).catch(() => undefined);
    slice = take(events, Math.min(due(), MAX_PER_TICK));
  }
}

/** Up to `most` events, or undefined when none are left. Empty if none is due, or ready, yet. */
function take(events: FeedOptions['events'], most: number): FeedEvent[] | undefined {
  const slice: FeedEvent[] = [];
  while (slice.length < most) {
    const next = events.next();
    if (next.done === true) return slice.length === 0 ? undefined : slice;
    if (next.value === undefined) return slice;
    slice.push(next.value);
  }
  return slice;
}
