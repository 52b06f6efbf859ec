import type { CarriedField, Events } from '../flow/events.ts';
import { EncodedRecord, RecordView, putBytes } from '../flow/record-view.ts';
import { timeOf, type OutputRecord } from '../flow/record.ts';
import type { ProfileMarks } from '../flow/profile-marks.ts';
import type { Reasons } from '../flow/reasons.ts';
import type { Decisions, ModelIdentity, Scores } from '../flow/scores.ts';
import {
  LONG_BYTES,
  longBytes,
  nullableStringBytes,
  stringBytes,
  writeLong,
} from './avro-bytes.ts';
import { verdictsOf } from './verdicts.ts';
import { whyWriter } from './why.ts';
import { WIRE_PREFIX_BYTES, wirePrefix } from '../flow/wire-prefix.ts';

export interface EncoderOptions {
  /** Id of the output schema in the registry. */
  readonly schemaId: number;
}

export interface Encoded {
  readonly records: readonly OutputRecord[];
  readonly rows: Int32Array;
}

export type EncodeScores = (
  events: Events,
  scores: Scores,
  decisions: Decisions,
  scoredAt: number,
  reasons?: Reasons,
  marks?: ProfileMarks,
) => Encoded;

const DOUBLE_BYTES = 8;

/**
 * Creates the stage that writes score records: all values of a batch into one buffer, in the order
 * of the fields in `score-schema.ts`. Parts that are equal for a whole batch are encoded once.
 * Carried fields are copied as bytes. Records point into the buffer.
 */
export function createScoreEncoder({ schemaId }: EncoderOptions): EncodeScores {
  const prefix = wirePrefix(schemaId);

  return function encode(events, scores, decisions, scoredAt, reasons, marks) {
    const { batch, fates, carried } = events;
    const verdicts = verdictsOf(decisions);
    const why = whyWriter(reasons, marks, fates);
    // model, policy, and source without its offset: the bytes between the reasons and the offset
    const policy = nullableStringBytes(decisions.policy);
    const source = Buffer.concat([stringBytes(batch.topic), longBytes(batch.partition)]);
    const middles = scores.models.map((model) =>
      Buffer.concat([modelBytes(model), policy, source]),
    );
    const { modelOf } = scores;
    const scoredAtBytes = longBytes(scoredAt);
    const perClass = classWriter(scores);
    const fixed =
      WIRE_PREFIX_BYTES +
      DOUBLE_BYTES +
      perClass.bytes +
      verdicts.bytes +
      longest(middles) +
      3 * LONG_BYTES +
      1;
    const buffer = Buffer.allocUnsafeSlow(fates.alive * fixed + why.bytes + carriedBytes(events));
    const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    const records: OutputRecord[] = [];
    const rows = new Int32Array(fates.alive);
    let at = 0;

    for (let row = 0; row < fates.rows; row++) {
      if (!fates.isAlive(row)) continue;
      const record = batch.records[row]!;
      const start = at;
      at = put(buffer, at, prefix);
      view.setFloat64(at, scores.score[row]!, true);
      at = perClass.write(buffer, view, at + DOUBLE_BYTES, row);
      at = put(buffer, at, verdicts.of(row));
      at = why.write(buffer, view, at, row);
      at = put(buffer, at, middles[modelOf === null ? 0 : modelOf[row]!]!);
      at = writeLong(buffer, at, Number(record.offset));
      const time = timeOf(record);
      if (time === undefined) buffer[at++] = 0;
      else {
        buffer[at++] = 2; // the union's second branch
        at = writeLong(buffer, at, time);
      }
      at = put(buffer, at, scoredAtBytes);
      if (carried.length > 0) {
        // The positions of a carried field belong to the buffer that the value was read from.
        const from = record instanceof RecordView ? record.block : record.value!;
        for (const field of carried) at = putCarried(buffer, at, field, from, row);
      }
      rows[records.length] = row;
      const traceparent = record.headers?.['traceparent'];
      records.push(
        new EncodedRecord(
          record,
          buffer,
          start,
          at,
          traceparent === undefined ? undefined : { traceparent },
        ),
      );
    }
    return { records, rows };
  };
}

function longest(pieces: readonly Buffer[]): number {
  return Math.max(...pieces.map(({ length }) => length));
}

const MODELS = new WeakMap<ModelIdentity, Buffer>();

function modelBytes(model: ModelIdentity): Buffer {
  let bytes = MODELS.get(model);
  if (bytes === undefined) {
    bytes = Buffer.concat([model.name, model.version, model.sha256].map(stringBytes));
    MODELS.set(model, bytes);
  }
  return bytes;
}

/** Writes the union [null, map of double] of a row. */
function classWriter({ classes, perClass }: Scores): {
  readonly bytes: number;
  readonly write: (into: Buffer, view: DataView, at: number, row: number) => number;
} {
  if (classes === null || perClass === null)
    return { bytes: 1, write: (into, _view, at) => ((into[at] = 0), at + 1) };
  const start = Buffer.concat([longBytes(1), longBytes(classes.length)]);
  const keys = classes.map(stringBytes);
  const bytes = start.length + 1 + keys.reduce((sum, key) => sum + key.length + DOUBLE_BYTES, 0);
  return {
    bytes,
    write: (into, view, at, row) => {
      at = put(into, at, start);
      keys.forEach((key, i) => {
        at = put(into, at, key);
        view.setFloat64(at, perClass[row * keys.length + i]!, true);
        at += DOUBLE_BYTES;
      });
      into[at] = 0; // end of the map's blocks
      return at + 1;
    },
  };
}

function carriedBytes({ fates, carried }: Events): number {
  let sum = 0;
  for (const { start, end, other } of carried) {
    for (let row = 0; row < fates.rows; row++) {
      if (fates.isAlive(row)) sum += start[row]! < 0 ? other[row]!.length : end[row]! - start[row]!;
    }
  }
  return sum;
}

function putCarried(
  into: Buffer,
  at: number,
  field: CarriedField,
  from: Buffer,
  row: number,
): number {
  const start = field.start[row]!;
  if (start < 0) return put(into, at, field.other[row]!);
  return putBytes(into, at, from, start, field.end[row]!);
}

function put(into: Buffer, at: number, bytes: Buffer): number {
  return putBytes(into, at, bytes, 0, bytes.length);
}
