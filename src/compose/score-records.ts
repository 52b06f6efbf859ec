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

/** A worker that died is replaced a few times, and then the error says so. */
const NEVER = new AbortController().signal;
/**
 * A batch is closed early where it holds more: events of megabytes must not be gathered by the
 * thousand.
 */
const MAX_BATCH_BYTES = 4 * 1024 * 1024;

/** An event of a file, or what is wrong with it. */
export type Entry = EventBytes | Rejected;

/** What became of an event of a file. */
export type Scored = ScoredEvent | Rejected;

export interface ScoreRecordsOptions {
  readonly plan: ScoringPlan;
  readonly settings: Settings;
  /** Stands where the topic does in a score's source. */
  readonly name: string;
  readonly writer: SchemaNode;
}

/**
 * Scores the events of a file in batches of `batch.maxSize`, so that memory is bounded whatever the
 * length of the file. Answers batch by batch, in order.
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

  /** The next batch is read while the model works on the one before. */
  let before: Promise<Scored[]> | undefined;
  function close(): Promise<Scored[]> | undefined {
    const last = before;
    before = scored();
    before.catch(() => undefined); // who awaits it is told
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
