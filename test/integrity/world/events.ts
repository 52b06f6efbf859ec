import avro from 'avsc';
import type { InputRecord } from '../../../src/flow/record.ts';
import type { Random } from '../../support/memory/random.ts';
import { FAILS, NOT_FINITE, TOO_LATE } from './model.ts';

export const EVENT = {
  type: 'record',
  name: 'Event',
  fields: [
    { name: 'amount', type: 'double' },
    { name: 'count', type: ['null', 'long'], default: null },
    { name: 'note', type: 'string' },
  ],
};

const type = avro.Type.forSchema(EVENT as never);

/** A score record of more bytes than this is refused by the output topic. */
export const MAX_NOTE = 100;

/** What stands at an offset of the input. */
export type Kind = keyof typeof BECOMES;

/** What becomes of it: a score, a dead letter with this code, or nothing. */
export const BECOMES = {
  good: 'score',
  'without count': 'score',
  'no Avro': 'AVRO_TRUNCATED',
  'of no schema': 'SCHEMA_ID_UNKNOWN',
  'not finite': 'SCORE_NOT_FINITE',
  failing: 'INFERENCE_FAILED',
  'too late': 'INFERENCE_TIMEOUT',
  'too large': 'OUTPUT_TOO_LARGE',
  tombstone: 'nothing',
  marker: 'nothing',
} as const;

const KINDS = Object.keys(BECOMES) as Kind[];

/** The score of a good event is its amount, which no other event of its partition has. */
export const scoreOf = (offset: number): number => offset + 1;

export function anyKind(random: Random, bad: number): Kind {
  return random.chance(bad) ? random.pick(KINDS) : 'good';
}

/** The record of a kind at a place, which its key says. */
export function eventOf(
  kind: Kind,
  partition: number,
  offset: number,
  now: number,
): InputRecord | null {
  if (kind === 'marker') return null;
  const amounts: Partial<Record<Kind, number>> = {
    'not finite': NOT_FINITE,
    failing: FAILS,
    'too late': TOO_LATE,
  };
  const event = {
    amount: amounts[kind] ?? scoreOf(offset),
    count: kind === 'without count' ? null : 1,
    note: kind === 'too large' ? 'x'.repeat(2 * MAX_NOTE) : 'n',
  };
  const bytes = Buffer.concat([
    Buffer.from([0, 0, 0, 0, kind === 'of no schema' ? 99 : 1]),
    type.toBuffer(event),
  ]);
  const value = kind === 'tombstone' ? null : kind === 'no Avro' ? bytes.subarray(0, 8) : bytes;
  return { offset, timestamp: now, key: Buffer.from(`${partition}:${offset}`), value };
}
