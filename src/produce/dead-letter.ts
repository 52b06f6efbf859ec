import type { Batch } from '../flow/batch.ts';
import type { Reject } from '../flow/fates.ts';
import { headersByName, headersInOrder, type HeaderValue } from '../flow/headers.ts';
import type { OutputRecord } from '../flow/record.ts';

export const DEAD_LETTER_HEADERS = {
  topic: '__connect.errors.topic',
  partition: '__connect.errors.partition',
  offset: '__connect.errors.offset',
  stage: '__connect.errors.stage',
  code: '__connect.errors.exception.class.name',
  message: '__connect.errors.exception.message',
} as const;

/**
 * What a dead letter keeps of the record: all of it, all except the value, or only where it is and
 * why it failed.
 */
export type Kept = 'all' | 'without-value' | 'place-only';

/**
 * A dead letter: the unchanged key, value and headers in their order, as far as they are kept, and
 * the reason in the headers of Kafka Connect.
 */
export function deadLetter(batch: Batch, reject: Reject, kept: Kept): OutputRecord {
  const record = batch.records[reject.row]!;
  const why: Record<string, HeaderValue> = {
    [DEAD_LETTER_HEADERS.topic]: batch.topic,
    [DEAD_LETTER_HEADERS.partition]: String(batch.partition),
    [DEAD_LETTER_HEADERS.offset]: String(record.offset),
    [DEAD_LETTER_HEADERS.stage]: reject.stage,
    [DEAD_LETTER_HEADERS.code]: reject.code,
    [DEAD_LETTER_HEADERS.message]: reject.message,
  };
  if (kept === 'place-only') return { key: null, value: null, headers: why };
  // The reason of an earlier dead letter is replaced: this record died here, now.
  const came = headersInOrder(record.headers ?? {}).filter(([name]) => !Object.hasOwn(why, name));
  const headers = headersByName([...came, ...headersInOrder(why)]);
  return { key: record.key, value: kept === 'all' ? record.value : null, headers };
}
