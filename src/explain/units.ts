import { VALUE, type Column } from '../flow/events.ts';
import type { ReasonName, ReasonValue } from '../flow/reasons.ts';

/** A field of the event that the model reads. */
export interface ExplainedField {
  readonly field: string;
  /** The column of the events that has its value; undefined if it has no single value. */
  readonly slot: number | undefined;
}

/** Words, group and code of a field. */
export interface Labelled {
  readonly group?: string | undefined;
  readonly code?: string | undefined;
}

/** What a reason names: a field, or all fields of a group. */
export interface Unit extends ReasonName {
  readonly fields: readonly number[];
  /** The column with its value, of a single field. */
  readonly slot: number | undefined;
}

/** Fields of one group are one unit, named by the group. */
export function unitsOf(
  fields: readonly ExplainedField[],
  labels: Readonly<Record<string, Labelled>>,
): readonly Unit[] {
  const units = new Map<string, { feature: string; code: string | null; fields: number[] }>();
  for (const [i, { field }] of fields.entries()) {
    const { group, code } = Object.hasOwn(labels, field) ? labels[field]! : {};
    const key = group === undefined ? `field ${field}` : `group ${group}`;
    const unit = units.get(key) ?? { feature: group ?? field, code: null, fields: [] };
    unit.code ??= code ?? null;
    unit.fields.push(i);
    units.set(key, unit);
  }
  return [...units.values()].map((unit) => ({
    ...unit,
    slot: unit.fields.length === 1 ? fields[unit.fields[0]!]!.slot : undefined,
  }));
}

/** Integers beyond this are written as texts, because a double would round them. */
const EXACT = 2n ** 53n;

/** The value of a field; null where it is null or absent. */
export function valueOf(column: Column | undefined, row: number): ReasonValue {
  if (column === undefined || column.state[row] !== VALUE) return null;
  if (column.as !== 'long') return column.values[row]!;
  const value = column.values[row]!;
  return value < EXACT && value > -EXACT ? Number(value) : String(value);
}
