import type { Column, Events } from '../flow/events.ts';
import { keyLength } from '../flow/record-view.ts';
import type { InputRecord } from '../flow/record.ts';
import type { InputTensor } from '../flow/tensors.ts';

/**
 * Events without the buffers that they were fetched in, which are much larger: only columns, and,
 * with `withKeys`, the keys, offsets and timestamps.
 */
export function withoutBytes(events: Events, withKeys: boolean): Events {
  const { batch, fates, columns } = events;
  const records = withKeys ? batch.records.map(slim) : [];
  const own = columns.map((column) => (column.as === 'utf8' ? column.withoutBlocks() : column));
  return { batch: { ...batch, records }, fates, columns: own, carried: [] };
}

function slim({ offset, timestamp, key }: InputRecord): InputRecord {
  return {
    offset,
    timestamp,
    key: key === null ? null : Buffer.from(key),
    value: null,
  };
}

function valueBytes(column: Column): number {
  switch (column.as) {
    case 'utf8':
      return column.places.byteLength + column.length;
    case 'text':
      return column.values.reduce((sum, { length }) => sum + TEXT_BYTES + length, 0);
    default:
      return column.values.byteLength;
  }
}

/** A string of JavaScript without its characters. */
const TEXT_BYTES = 24;

/** About how much memory columns and keys need that are kept without values. */
export function bytesOf({ batch, columns }: Events): number {
  let bytes = 0;
  for (const column of columns) bytes += column.state.byteLength + valueBytes(column);
  for (const record of batch.records) bytes += Math.max(0, keyLength(record));
  return bytes;
}

/** About how much memory tensors need. */
export function tensorBytes(tensors: readonly InputTensor[] = []): number {
  return tensors.reduce(
    (sum, { values }) => sum + (Array.isArray(values) ? 24 * values.length : values.byteLength),
    0,
  );
}
