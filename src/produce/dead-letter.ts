import type { Batch } from '../flow/batch.ts';
import type { Reject } from '../flow/fates.ts';
import type { HeaderValue, OutputRecord } from '../flow/record.ts';

export const DEAD_LETTER_HEADERS = {
  topic: '__connect.errors.topic',
  partition: '__connect.errors.partition',
  offset: '__connect.errors.offset',
  stage: '__connect.errors.stage',
  code: '__connect.errors.exception.class.name',
  message: '__connect.errors.exception.message',
} as const;

/**
 * A dead letter: key, value and headers as they came, and why in Kafka Connect's headers.
 * Without the payload the value is null; everything else stays, so that the record can still be found.
 */
export function deadLetter(batch: Batch, reject: Reject, includePayload: boolean): OutputRecord {
  const record = batch.records[reject.row]!;
  const headers: Record<string, HeaderValue | readonly HeaderValue[] | undefined> = {
    ...record.headers,
    [DEAD_LETTER_HEADERS.topic]: batch.topic,
    [DEAD_LETTER_HEADERS.partition]: String(batch.partition),
    [DEAD_LETTER_HEADERS.offset]: record.offset,
    [DEAD_LETTER_HEADERS.stage]: reject.stage,
    [DEAD_LETTER_HEADERS.code]: reject.code,
    [DEAD_LETTER_HEADERS.message]: reject.message,
  };
  return { key: record.key, value: includePayload ? record.value : null, headers };
}
