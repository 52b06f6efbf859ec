import { describePlace, type Place } from '../audit/place.ts';
import type { Missing } from '../audit/explanation.ts';
import { ScorerError } from '../errors.ts';
import { lastHeader, type Headers } from '../flow/headers.ts';
import { timeOf, type InputRecord } from '../flow/record.ts';
import { DEAD_LETTER_HEADERS } from '../produce/dead-letter.ts';
import type { AuditKafka } from './audit-records.ts';
import { CLOCKS_MS } from './recorded-scores.ts';

/** Why an event has no score, as far as the topics show it. */
export async function whyUnscored(
  event: Place,
  record: InputRecord,
  kafka: AuditKafka,
): Promise<Missing> {
  const { output, deadLetter } = kafka.settings;
  const missing = { what: 'score', code: 'INPUT_INVALID' };
  if (record.value === null)
    return {
      ...missing,
      why: 'the event is a tombstone: it has no value, so there is nothing to score',
      remedy: 'Choose the offset of an event with a value.',
    };
  const dead = await deadLetterOf(event, record, kafka);
  if (dead !== undefined)
    return {
      ...missing,
      why: `the event is a dead letter: ${dead.code}: ${dead.message} (${describePlace(dead.place)})`,
      remedy: 'docs/errors.md says what to do about the code.',
    };
  return {
    ...missing,
    why: `the output topic ${output.topic} has no score of this event, and ${deadLetter.topic} has no dead letter`,
    remedy:
      'The event may not be scored yet, it may be skipped (input.skipWhenNull, input.types), or retention has deleted its score.',
  };
}

interface DeadLetter {
  readonly place: Place;
  readonly code: string;
  readonly message: string;
}

/** The first dead letter of an event. Undefined: there is none, or their topic is not there. */
async function deadLetterOf(
  event: Place,
  record: InputRecord,
  { settings, reader, signal }: AuditKafka,
): Promise<DeadLetter | undefined> {
  const { topic } = settings.deadLetter;
  const time = timeOf(record);
  const from = time === undefined ? {} : { from: { time: time - CLOCKS_MS } };
  try {
    for await (const { partition, records } of reader.read({ topic, ...from, signal }))
      for (const { offset, headers = {} } of records) {
        const said = (name: keyof typeof DEAD_LETTER_HEADERS): string =>
          headerText(headers, DEAD_LETTER_HEADERS[name]);
        if (said('offset') !== String(event.offset)) continue;
        if (said('partition') !== String(event.partition) || said('topic') !== event.topic)
          continue;
        const place = { topic, partition, offset: Number(offset) };
        return { place, code: said('code'), message: said('message') };
      }
  } catch (error) {
    if (!(error instanceof ScorerError) || error.code !== 'TOPIC_NOT_FOUND') throw error;
  }
  return undefined;
}

const headerText = (headers: Headers, name: string): string =>
  String(lastHeader(headers, name) ?? '');
