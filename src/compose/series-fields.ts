import { TIME_PARTS, type TimePart } from '../flow/features.ts';
import type { SeriesField, SeriesFields } from '../monitor/series.ts';
import type { Slots } from '../flow/projection.ts';
import type { Contract, ContractColumn } from '../map/contract.ts';

/** A bundle has at most this many series. Further numbers of arrays are left out. */
const MAX_SERIES = 256;

/**
 * What of the events is compared with the profile: each value that the model reads, once, as it is
 * before any transformation. Parts of a time are left out: the clock always moves on.
 */
export function seriesFieldsOf({
  contract,
  slots,
}: {
  readonly contract: Contract;
  readonly slots: Slots;
}) {
  const fields = new Map<string, SeriesField>();
  const leftOut = new Map<string, string>();
  for (const { columns } of contract.inputs) {
    for (const column of columns) {
      const { field: path, part } = column.spec;
      if (isTimePart(part)) {
        leftOut.set(`${part} of ${path}`, 'a time always moves on');
        continue;
      }
      const slot = slots[column.slot] ?? column.slot;
      for (const one of seriesOf(column, slot)) {
        if (fields.has(one.name)) continue;
        if (fields.size < MAX_SERIES) fields.set(one.name, one);
        else leftOut.set(one.name, `a bundle has at most ${MAX_SERIES} series`);
      }
    }
  }
  return {
    fields: [...fields.values()],
    leftOut: [...leftOut].map(([name, why]) => ({ name, why })),
  } satisfies SeriesFields;
}

function seriesOf({ spec, as, width }: ContractColumn, slot: number): SeriesField[] {
  const { field, part, categories, oneHot } = spec;
  if (as === 'vector')
    return Array.from({ length: width }, (_, element) => ({
      name: `${field}[${element}]`,
      field,
      kind: 'numeric' as const,
      element,
      slot,
      width,
    }));
  const listed = categories ?? oneHot;
  const kind = as === 'text' || listed !== undefined ? 'categorical' : 'numeric';
  const one: SeriesField = { name: field, field, kind, slot, width: 1 };
  return part === 'length' ? [{ ...one, name: `length(${field})`, part }] : [one];
}

const isTimePart = (part: string | undefined): part is TimePart =>
  TIME_PARTS.includes(part as TimePart);
