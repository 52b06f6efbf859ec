import type { Blueprint } from './blueprint.ts';
import type { Settings } from '../config/settings.ts';
import type { ErrorCode } from '../errors.ts';
import type { DeadCode } from '../flow/dead-code.ts';
import type { Stage } from '../flow/fates.ts';
import type { InputRecord } from '../flow/record.ts';
import type { SchemaNode } from '../flow/schema-node.ts';
import { createPipeline } from '../pipeline.ts';
import { untilAvailable } from '../runtime/retry.ts';
import { createStages } from './stages.ts';

/** A file's records have none; the time of reading would be taken for that of the event. */
const NO_TIME = -1;

/** Stands in for a schema id: all events of a file have one writer. */
const OWN_SCHEMA = 0;
const PREFIX_BYTES = 5;
/** A worker that died is replaced a few times, and then the error says so. */
const NEVER = new AbortController().signal;
/**
 * A batch is closed early where it holds more: events of megabytes must not be gathered by the
 * thousand.
 */
const MAX_BATCH_BYTES = 4 * 1024 * 1024;

/**
 * Why an event has no score. `index` counts from 0, as the offsets do; `message` never holds field
 * values.
 */
export interface Rejected {
  readonly index: number;
  readonly stage: Stage;
  /** A dead letter's, or INPUT_INVALID where the input has no event there. */
  readonly code: DeadCode | Extract<ErrorCode, 'INPUT_INVALID'>;
  readonly message: string;
}

/** An event of a file: its Avro bytes by the writer's schema, or what is wrong with it. */
export type Entry = { readonly index: number; readonly avro: Buffer } | Rejected;

/** What became of an event: its score record as Avro bytes, or why there is none. */
export type Scored = { readonly index: number; readonly value: Buffer } | Rejected;

export interface ScoreRecordsOptions {
  readonly blueprint: Blueprint;
  readonly settings: Settings;
  /** Stands where the topic does in a score's source. */
  readonly name: string;
  readonly writer: SchemaNode;
}

/**
 * Scores events through the stages that records take, in batches of `batch.maxSize`, so that memory
 * is bounded whatever the length of the file. Answers batch by batch, in order.
 */
export async function* scoreRecords(
  entries: AsyncIterable<Entry>,
  { blueprint, settings, name, writer }: ScoreRecordsOptions,
): AsyncGenerator<Scored[]> {
  const [[topic, reader]] = [...blueprint.readers] as [[string, SchemaNode]];
  const registry = { byId: () => Promise.resolve(writer) };
  const named = {
    ...blueprint,
    readers: new Map([
      [name, reader],
      [topic, reader],
    ]),
  };
  const stages = createStages(named, { settings, registry, schemaId: OWN_SCHEMA, now: Date.now });
  const pipeline = createPipeline(stages, Date.now);
  const prefix = Buffer.alloc(PREFIX_BYTES);
  let records: InputRecord[] = [];
  let done: Scored[] = [];
  let bytes = 0;

  async function scored(): Promise<Scored[]> {
    const [all, batch] = [done, records];
    done = [];
    records = [];
    bytes = 0;
    if (batch.length > 0) {
      const indexOf = (row: number): number => Number(batch[row]!.offset);
      const given = { topic: name, partition: 0, records: batch, closedBy: 'end' } as const;
      const outcome = await untilAvailable(() => pipeline(given), { signal: NEVER });
      outcome.records.forEach(({ value }, i) => {
        all.push({ index: indexOf(outcome.rows[i]!), value: value!.subarray(PREFIX_BYTES) });
      });
      for (const { row, stage, code, message } of outcome.fates.rejects)
        all.push({ index: indexOf(row), stage, code, message });
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
      const value = Buffer.concat([prefix, entry.avro]);
      records.push({ offset: entry.index, timestamp: NO_TIME, key: null, value });
      bytes += value.length;
    } else done.push(entry);
    if (records.length + done.length < settings.batch.maxSize && bytes < MAX_BATCH_BYTES) continue;
    const last = close();
    if (last !== undefined) yield await last;
  }
  const last = close();
  if (last !== undefined) yield await last;
  yield await before!;
}
