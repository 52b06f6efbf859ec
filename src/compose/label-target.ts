import type { LabelTable } from '../compare/label-table.ts';
import { ScorerError } from '../errors.ts';
import { labelOf, type LabelJoin } from './label-join.ts';

/** Where labels go, and how they find their events. */
export interface LabelTarget {
  readonly table: LabelTable;
  readonly join: LabelJoin;
}

/** Adds one label. Throws INPUT_INVALID if it is none, without its value. */
export function addLabel(
  { table, join }: LabelTarget,
  id: unknown,
  value: unknown,
  where: string,
): void {
  const label = labelOf(value, join);
  if (label === undefined)
    throw invalidLabel(
      `${join.value} is not a label`,
      where,
      `A label is 0 or 1, true or false, or null. If another value means 1, name it: --label ${join.value}=VALUE.`,
    );
  const own = Buffer.isBuffer(id) ? id : idText(id);
  if (own === undefined) throw invalidLabel(`the label has no ${join.label}`, where);
  table.add(own, label);
}

function idText(id: unknown): string | undefined {
  if (id === null || id === undefined || id === '') return undefined;
  return typeof id === 'string' || typeof id === 'number' || typeof id === 'bigint'
    ? String(id)
    : undefined;
}

export function invalidLabel(what: string, where: string, remedy?: string): ScorerError {
  return new ScorerError({
    code: 'INPUT_INVALID',
    what,
    where,
    ...(remedy === undefined ? {} : { remedy }),
  });
}
