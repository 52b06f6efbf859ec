import type { Type } from 'avsc';
import type { RegisteredSchema } from '../../../src/decode/registry.ts';
import { createScoreEncoder, type Encoded } from '../../../src/encode/score-encoder.ts';
import { scoreSchema } from '../../../src/encode/score-schema.ts';
import type { Events } from '../../../src/flow/events.ts';
import type { ProfileMarks } from '../../../src/flow/profile-marks.ts';
import type { Reasons } from '../../../src/flow/reasons.ts';
import type { InputRecord } from '../../../src/flow/record.ts';
import { NOTHING_DECIDED, type Decisions, type Scores } from '../../../src/flow/scores.ts';
import { givenDecoder, type Given } from '../../support/avro-given.ts';
import { plainType } from '../../support/avro-oracle.ts';

export const SCHEMA_ID: RegisteredSchema['id'] = 0x01020304;
export const MODEL = { name: 'fraud', version: '3', sha256: 'ab'.repeat(32) };

export interface Encoding {
  readonly events: Events;
  readonly encoded: Encoded;
  readonly type: Type;
  /** The records as avsc reads them with the schema that is registered for them. */
  readonly scores: readonly Record<string, unknown>[];
}

export interface GivenEncoding extends Given {
  readonly values: readonly (Buffer | null | Partial<InputRecord>)[];
  readonly scores?: Partial<Scores>;
  readonly decisions?: Decisions;
  readonly scoredAt?: number;
  readonly reasons?: Reasons;
  readonly marks?: ProfileMarks;
}

/** Decodes values and encodes their scores, as the pipeline does. */
export async function encodeScores({
  values,
  scores,
  decisions,
  scoredAt = 0,
  reasons,
  marks,
  ...given
}: GivenEncoding): Promise<Encoding> {
  const decoder = givenDecoder(given);
  const events = await decoder.decode(values);
  const all: Scores = {
    models: [MODEL],
    modelOf: null,
    score: new Float64Array(values.length),
    classes: null,
    perClass: null,
    ...scores,
  };
  const encode = createScoreEncoder({ schemaId: SCHEMA_ID });
  const encoded = encode(events, all, decisions ?? NOTHING_DECIDED, scoredAt, reasons, marks);
  const type = plainType(scoreSchema(decoder.carry));
  const read = ({ value }: { value: Buffer | null }) =>
    type.fromBuffer(value!.subarray(5)) as Record<string, unknown>;
  return { events, encoded, type, scores: encoded.records.map(read) };
}

/** The value of a path in the `event` of a score record. */
export function inEvent(score: Record<string, unknown>, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], score['event']);
}
