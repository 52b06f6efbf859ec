import { parseSchema } from '../../src/decode/avro-schema.ts';
import { createDecoder } from '../../src/decode/decoder.ts';
import type { SchemaKey } from '../../src/decode/registry.ts';
import { Schemas } from '../../src/decode/schemas.ts';
import { carryTypes, type CarriedType } from '../../src/encode/score-schema.ts';
import { ScorerError, type ErrorCode } from '../../src/errors.ts';
import type { Batch } from '../../src/flow/batch.ts';
import type { Events } from '../../src/flow/events.ts';
import type { ProjectedField, View } from '../../src/flow/projection.ts';
import { RecordView } from '../../src/flow/record-view.ts';
import type { InputRecord } from '../../src/flow/record.ts';
import type { SchemaNode } from '../../src/flow/schema-node.ts';

export const TOPIC = 'events';

/**
 * A registry in memory: schemas by id, or the code it refuses an id with; remembers what it was
 * asked.
 */
export class FakeRegistry {
  readonly schemas: Map<SchemaKey, unknown>;
  readonly asked: SchemaKey[] = [];

  constructor(schemas: Readonly<Record<number, unknown>>) {
    this.schemas = new Map(Object.entries(schemas).map(([id, schema]) => [Number(id), schema]));
  }

  async byId(id: SchemaKey): Promise<SchemaNode> {
    this.asked.push(id);
    const schema = this.schemas.get(id) ?? ('SCHEMA_ID_UNKNOWN' satisfies ErrorCode);
    if (typeof schema !== 'string') return parseSchema(schema);
    throw new ScorerError({ code: schema as ErrorCode, what: `about ${id}` });
  }
}

export interface Given {
  readonly reader: unknown;
  /** Writer schemas by id; by default the reader's own has the id 1. */
  readonly writers?: Readonly<Record<number, unknown>>;
  readonly fields?: readonly ProjectedField[];
  /** Where several versions share the fields. */
  readonly views?: readonly View[] | undefined;
  readonly carry?: readonly string[];
  readonly now?: () => number;
  /** See `DecoderOptions`. */
  readonly generateAfter?: number;
  readonly quick?: boolean;
}

export interface GivenDecoder {
  readonly registry: FakeRegistry;
  readonly carry: readonly CarriedType[];
  readonly decode: (values: readonly (Buffer | null | Partial<InputRecord>)[]) => Promise<Events>;
}

/** A decoder as the service builds one. */
export function givenDecoder({
  reader,
  writers,
  fields = [],
  views,
  carry = [],
  now = () => 0,
  generateAfter = 1, // so that tests see both ways
  quick,
}: Given): GivenDecoder {
  const registry = new FakeRegistry(writers ?? { 1: reader });
  const node = parseSchema(reader);
  const types = carryTypes(node, carry);
  const targets = types.map(({ path, schema, nullBytes }) => ({
    path,
    nullBytes,
    node: parseSchema(schema),
  }));
  const projection = {
    fields,
    carry: types.map(({ path }) => path),
    ...(views && { views }),
  };
  const schemas = new Schemas({
    registry,
    reader: node,
    projection,
    carry: targets,
    now,
    unknownIdRetryMs: 0,
  });
  const decode = createDecoder({
    projection,
    schemas: new Map([[TOPIC, schemas]]),
    generateAfter,
    quick,
  });
  return { registry, carry: types, decode: (values) => decode(batchOf(values)) };
}

/**
 * Every other record lies amid other bytes, as fetched ones do; the rest have buffers of their own.
 */
export function batchOf(values: readonly (Buffer | null | Partial<InputRecord>)[]): Batch {
  const records = values.map((value, i): InputRecord => {
    const given = value === null || Buffer.isBuffer(value) ? { value } : value;
    const record = { offset: String(i), timestamp: '0', key: null, value: null, ...given };
    return value instanceof RecordView ? value : i % 2 === 0 ? placed(record) : record;
  });
  return { topic: TOPIC, partition: 0, records, closedBy: 'size' };
}

/** Records one behind the other in one block. */
export function inOneBlock(values: readonly Buffer[]): RecordView[] {
  const block = Buffer.concat([...values, Buffer.alloc(9, 0x41)]);
  let end = 0;
  return values.map((value, i) => {
    const start = end;
    end += value.length;
    return new RecordView(i, 0, undefined, block, -1, -1, start, end);
  });
}

function placed({ offset, timestamp, headers, key, value }: InputRecord): RecordView {
  const [before, between] = [Buffer.alloc(7, 0xff), Buffer.alloc(3)];
  const block = Buffer.concat([before, key ?? EMPTY, between, value ?? EMPTY, Buffer.alloc(300)]);
  const keyEnd = before.length + (key?.length ?? 0);
  const start = keyEnd + between.length;
  const [keyStart, valueStart] = [key === null ? -1 : before.length, value === null ? -1 : start];
  return new RecordView(
    Number(offset),
    Number(timestamp),
    headers,
    block,
    keyStart,
    keyEnd,
    valueStart,
    start + (value?.length ?? 0),
  );
}

const EMPTY = Buffer.alloc(0);

/** Avro bytes in Confluent wire format. */
export function framed(id: number, bytes: Uint8Array): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(id, 1);
  return Buffer.concat([prefix, bytes]);
}

/** The code each row died of; 'alive' or 'skipped' for the others. */
export function fatesOf({ fates }: Events): string[] {
  const codes = new Map(fates.rejects.map(({ row, code }) => [row, code]));
  return Array.from(
    fates.state,
    (state, row) => codes.get(row) ?? (state === 0 ? 'alive' : 'skipped'),
  );
}

/** The bytes of one carried field of one row, as the encoder takes them. */
export function carriedBytes({ batch, carried }: Events, slot: number, row: number): Buffer {
  const { start, end, other } = carried[slot]!;
  const record = batch.records[row]!;
  const from = record instanceof RecordView ? record.block : record.value!;
  return start[row]! < 0 ? other[row]! : from.subarray(start[row], end[row]);
}

export function number(path: string, optional = false): ProjectedField {
  return { path, as: 'number', optional };
}

export function text(path: string, optional = false): ProjectedField {
  return { path, as: 'text', optional };
}
