import type { Settings } from '../config/settings.ts';
import type { SchemaNode } from '../flow/schema-node.ts';
import { untilAvailable } from '../runtime/retry.ts';
import {
  createScoreEvents,
  type EventBytes,
  type Rejected,
  type ScoredEvent,
} from './score-events.ts';
import type { ScoringPlan } from './scoring-plan.ts';

/** A worker that ended is replaced a few times. After that the error is reported. */
const NEVER = new AbortController().signal;
/**
 * A batch closes early if it has more bytes than this: a thousand events of some megabytes would
 * not fit.
 */
const MAX_BATCH_BYTES = 4 * 1024 * 1024;

/** An event of a file, or what is wrong with it. */
export type Entry = EventBytes | Rejected;

/** The result of one event of a file. */
export type Scored = ScoredEvent | Rejected;

export interface ScoreRecordsOptions {
  readonly plan: ScoringPlan;
  readonly settings: Settings;
  /** Stands where the topic does in a score's source. */
  readonly name: string;
  readonly writer: SchemaNode;
}

/**
 * Scores the events of a file in batches of `batch.maxSize`, so memory is limited whatever the
 * length of the file. Yields batch by batch, in order.
 */
export async function* scoreRecords(
  entries: AsyncIterable<Entry>,
  { plan, settings, name, writer }: ScoreRecordsOptions,
): AsyncGenerator<Scored[]> {
  const scoreEvents = createScoreEvents(plan, { settings, name, writer });
  let events: EventBytes[] = [];
  let done: Scored[] = [];
  let bytes = 0;

  async function scored(): Promise<Scored[]> {
    const [all, batch] = [done, events];
    done = [];
    events = [];
    bytes = 0;
    if (batch.length > 0) {
      const results = await untilAvailable(() => scoreEvents(batch), { signal: NEVER });
      for (const result of results) if (result !== undefined) all.push(result);
    }
    return all.sort((a, b) => a.index - b.index);
  }

  /** The next batch is read while the model works on the current one. */
  let before: Promise<Scored[]> | undefined;
  function close(): Promise<Scored[]> | undefined {
    const last = before;
    before = scored();
    before.catch(() => undefined); // the caller that awaits it gets the error
    return last;
  }

  for await (const entry of entries) {
    if ('avro' in entry) {
      events.push(entry);
      bytes += entry.avro.length;
    } else done.push(entry);
    if (events.length + done.length < settings.batch.maxSize && bytes < MAX_BATCH_BYTES) continue;
    const last = close();
    if (last !== undefined) yield await last;
  }
  const last = close();
  if (last !== undefined) yield await last;
  yield await before!;
}
