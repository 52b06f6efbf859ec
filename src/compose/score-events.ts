import type { Settings } from '../config/settings.ts';
import type { SchemaRegistry } from '../decode/registry.ts';
import type { ErrorCode } from '../errors.ts';
import type { DeadCode } from '../flow/dead-code.ts';
import type { Stage } from '../flow/fates.ts';
import type { InputRecord } from '../flow/record.ts';
import type { SchemaNode } from '../flow/schema-node.ts';
import { createScoreBatch } from './score-batch.ts';
import type { ScoringPlan } from './scoring-plan.ts';
import { wirePrefix } from '../flow/wire-prefix.ts';

/** These events have no timestamp. The time of reading would be taken for the time of the event. */
const NO_TIME = -1;

/** Stands in for a schema id: all events have one writer. */
const OWN_SCHEMA = 0;
const WIRE_PREFIX = wirePrefix(OWN_SCHEMA);

/** An event as Avro bytes by the writer's schema. `index` is its offset in a score's source. */
export interface EventBytes {
  readonly index: number;
  readonly avro: Buffer;
}

/** A score, and the whole score record as Avro bytes. */
export interface ScoredEvent {
  readonly index: number;
  readonly score: number;
  readonly value: Buffer;
}

/** Why an event has no score. `message` never has field values. */
export interface Rejected {
  readonly index: number;
  readonly stage: Stage;
  /** A code of a dead letter, or INPUT_INVALID if the file has no valid event there. */
  readonly code: DeadCode | Extract<ErrorCode, 'INPUT_INVALID'>;
  readonly message: string;
}

export interface ScoreEventsOptions {
  readonly settings: Settings;
  /** The schema that the events are written by. */
  readonly writer: SchemaNode;
  /** Stands for the topic in the source of a score. Default: the first input topic. */
  readonly name?: string;
}

/**
 * Scores events as one batch. Returns a result for each, in order. Undefined for an event that is
 * skipped, which has neither a score nor an error.
 */
export type ScoreEvents = (
  events: readonly EventBytes[],
) => Promise<readonly (ScoredEvent | Rejected | undefined)[]>;

/**
 * Scores events that do not come from a topic, such as golden events and those of a file, through
 * the pipeline of the records. Nothing is retried: a temporary error is thrown.
 */
export function createScoreEvents(
  plan: ScoringPlan,
  { settings, writer, name }: ScoreEventsOptions,
): ScoreEvents {
  const topic = name ?? [...plan.stream.readers.keys()][0]!;
  const score = createScoreBatch(plan, { settings, registry: oneWriter(writer), topic });
  return async function scoreEvents(events) {
    const records = events.map(recordOf);
    const { scores, rows, fates, ...written } = await score({
      topic,
      partition: 0,
      records,
      closedBy: 'end',
    });
    const results = new Array<ScoredEvent | Rejected | undefined>(events.length).fill(undefined);
    written.records.forEach(({ value }, i) => {
      const row = rows[i]!;
      results[row] = {
        index: events[row]!.index,
        score: scores!.score[row]!,
        value: value!.subarray(WIRE_PREFIX.length),
      };
    });
    for (const { row, stage, code, message } of fates.rejects)
      results[row] = { index: events[row]!.index, stage, code, message };
    return results;
  };
}

/** Knows the schema of events that all have one writer. */
export function oneWriter(writer: SchemaNode): Pick<SchemaRegistry, 'byId'> {
  return { byId: () => Promise.resolve(writer) };
}

/** An event as a record, as if it came from a topic. */
export function recordOf({ index, avro }: EventBytes): InputRecord {
  return {
    offset: index,
    timestamp: NO_TIME,
    key: null,
    value: Buffer.concat([WIRE_PREFIX, avro]),
  };
}
