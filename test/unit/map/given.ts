import { parseSchema } from '../../../src/decode/avro-schema.ts';
import type { Problem } from '../../../src/errors.ts';
import type { Column, Events } from '../../../src/flow/events.ts';
import type { ProjectedField } from '../../../src/flow/projection.ts';
import { Fates } from '../../../src/flow/fates.ts';
import {
  columnsOf,
  type FeatureSpec,
  type InputSignature,
  type InputSpec,
} from '../../../src/flow/features.ts';
import type { SchemaNode } from '../../../src/flow/schema-node.ts';
import type { InputTensor, TensorType } from '../../../src/flow/tensors.ts';
import { makeContract, type Contract } from '../../../src/map/contract.ts';
import { createMapper } from '../../../src/map/mapper.ts';
import { createMissingObserver } from '../../../src/map/missing-observer.ts';
import { batchOf, fatesOf } from '../../support/avro-given.ts';

export const EVENT = parseSchema({
  type: 'record',
  name: 'Event',
  fields: [
    { name: 'amount', type: 'double' },
    { name: 'count', type: 'int' },
    { name: 'id', type: 'long' },
    { name: 'known', type: 'boolean' },
    { name: 'limit', type: ['null', 'double'] },
    { name: 'mixed', type: ['null', 'double', 'string'] },
    { name: 'category', type: 'string' },
    { name: 'channel', type: { type: 'enum', name: 'Channel', symbols: ['WEB', 'SHOP'] } },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'atMicros', type: ['null', { type: 'long', logicalType: 'timestamp-micros' }] },
    { name: 'atNanos', type: { type: 'long', logicalType: 'timestamp-nanos' } },
    { name: 'day', type: { type: 'int', logicalType: 'date' } },
    { name: 'clock', type: { type: 'long', logicalType: 'time-micros' } },
    { name: 'local', type: { type: 'long', logicalType: 'local-timestamp-millis' } },
    {
      name: 'price',
      type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 }],
    },
    {
      name: 'cents',
      type: { type: 'fixed', name: 'Cents', size: 8, logicalType: 'decimal', precision: 18 },
    },
    { name: 'code', type: { type: 'fixed', name: 'Code', size: 2 } },
    { name: 'blob', type: 'bytes' },
    { name: 'embedding', type: { type: 'array', items: ['null', 'float'] } },
    { name: 'second', type: { type: 'array', items: 'double' } },
    { name: 'window', type: { type: 'array', items: ['null', { type: 'array', items: 'float' }] } },
    {
      name: 'cube',
      type: { type: 'array', items: { type: 'array', items: { type: 'array', items: 'int' } } },
    },
    {
      name: 'readings',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'Reading',
          fields: [
            { name: 'heat', type: 'double' },
            { name: 'speed', type: ['null', 'int'] },
            { name: 'unit', type: 'string' },
          ],
        },
      },
    },
    { name: 'words', type: { type: 'array', items: 'string' } },
    { name: 'attributes', type: { type: 'map', values: 'string' } },
    {
      name: 'times',
      type: [
        { type: 'int', logicalType: 'date' },
        { type: 'long', logicalType: 'timestamp-millis' },
      ],
    },
    {
      name: 'items',
      type: [
        'null',
        {
          type: 'array',
          items: { type: 'record', name: 'Item', fields: [{ name: 'price', type: 'double' }] },
        },
      ],
    },
    {
      name: 'merchant',
      type: { type: 'record', name: 'Merchant', fields: [{ name: 'country', type: 'string' }] },
    },
  ],
});

/** A feature as model.yaml's short form has it, or with more. */
export type Feature = string | (Partial<FeatureSpec> & { readonly field: string });

export const feature = (given: Feature): FeatureSpec =>
  typeof given === 'string' ? { field: given, transforms: [] } : { transforms: [], ...given };

export function input(name: string, ...features: readonly Feature[]): InputSpec {
  return { name, features: features.map(feature) };
}

export function takes(
  name: string,
  columns: number | null,
  type: TensorType = 'float32',
  flat = false,
): InputSignature {
  return { name, type, columns, flat, rows: null };
}

export function problemsOf(
  specs: readonly InputSpec[],
  model: readonly InputSignature[],
  event: SchemaNode = EVENT,
) {
  const result = makeContract(event, specs, model, 'model.yaml');
  return 'problems' in result ? result.problems : ([] as readonly Problem[]);
}

export function contractOf(
  specs: readonly InputSpec[],
  model: readonly InputSignature[],
): Contract {
  const result = makeContract(EVENT, specs, model, 'model.yaml');
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  return result.contract;
}

/** A cell of a column: a value, or what there is instead. */
export type Cell = number | bigint | string | { readonly state: number };

/** Maps one column of cells through one feature into a tensor of that feature. */
export function mapOne(type: TensorType, given: Feature, cells: readonly Cell[]): Mapped {
  const spec = input('x', given);
  return mapColumns(contractOf([spec], [takes('x', columnsOf(spec), type)]), [cells]);
}

export interface Mapped {
  readonly tensors: readonly InputTensor[];
  /** The first tensor's. */
  readonly values: readonly (number | bigint | string)[];
  /** Rows in which `missing` stood in, by field. */
  readonly missing: Readonly<Record<string, number>>;
  readonly fates: readonly string[];
  readonly messages: readonly string[];
}

export function mapColumns(
  contract: Contract,
  columns: readonly (readonly Cell[])[],
  dead: readonly number[] = [],
) {
  const rows = columns[0]!.length / (contract.fields[0]!.size ?? 1);
  const fates = new Fates(rows);
  for (const row of dead) fates.kill(row, 'decode', 'AVRO_INVALID', 'before');
  const events: Events = {
    batch: batchOf(Array.from({ length: rows }, () => null)),
    fates,
    columns: columns.map((cells, slot) => column(contract.fields[slot]!, cells)),
    carried: [],
  };
  const missing: Record<string, number> = {};
  const onMissing = (field: string, count: number): void => {
    missing[field] = count;
  };
  const tensors = createMapper(contract)(events);
  createMissingObserver(contract, undefined, onMissing)(events)?.record();
  const values = Array.from(tensors[0]!.values as Iterable<number | bigint | string>);
  return {
    tensors,
    values,
    missing,
    fates: fatesOf(events),
    messages: fates.rejects.map(({ message }) => message),
  };
}

function column({ as, size: width = 1 }: ProjectedField, cells: readonly Cell[]): Column {
  const state = Uint8Array.from(cells, (cell) => (typeof cell === 'object' ? cell.state : 0));
  if (as === 'text')
    return {
      as,
      width: 1,
      state,
      values: cells.map((cell) => (typeof cell === 'string' ? cell : '')),
    };
  if (as === 'long') {
    const longs = BigInt64Array.from(cells, (cell) =>
      typeof cell === 'object' ? 0n : BigInt(cell),
    );
    return { as, width: 1, state, values: longs };
  }
  const values = Float64Array.from(cells, (cell) => (typeof cell === 'number' ? cell : 0));
  return { as: 'number', width, state, values };
}
