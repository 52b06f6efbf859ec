import type { Column, Events } from '../flow/events.ts';
import { keyLength } from '../flow/record-view.ts';
import type { InputRecord } from '../flow/record.ts';
import type { InputTensor } from '../flow/tensors.ts';

/**
 * Events without the buffers that they were fetched in, which are much larger: with the columns that
 * are read later (all of them if it is not said which), and, with `withKeys`, the keys, offsets and
 * timestamps. The other columns are empty.
 */
export function withoutBytes(events: Events, withKeys: boolean, read?: readonly number[]): Events {
  const { batch, fates, columns } = events;
  const records = withKeys ? batch.records.map(slim) : [];
  return { batch: { ...batch, records }, fates, columns: ownColumns(columns, read), carried: [] };
}

function ownColumns(
  columns: readonly Column[],
  read: readonly number[] | undefined,
): readonly Column[] {
  if (read === undefined) return columns.map(ownColumn);
  if (read.length === 0) return [];
  const own = columns.map(() => UNREAD);
  for (const slot of read) own[slot] = ownColumn(columns[slot]!);
  return own;
}

const ownColumn = (column: Column): Column =>
  column.as === 'utf8' ? column.withoutBlocks() : column;

const UNREAD: Column = {
  as: 'number',
  width: 1,
  state: new Uint8Array(0),
  values: new Float64Array(0),
};

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
