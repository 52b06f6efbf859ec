import { compilePolicy, type Policy } from '../../../src/decide/compile-policy.ts';
import { createDecide, type DecideOptions } from '../../../src/decide/decide.ts';
import { parseSchema } from '../../../src/decode/avro-schema.ts';
import {
  ABSENT,
  MISMATCH,
  NULL,
  VALUE,
  type Column,
  type Events,
} from '../../../src/flow/events.ts';
import { Fates } from '../../../src/flow/fates.ts';
import type { PolicySettings } from '../../../src/flow/policy-settings.ts';
import type { Decisions, Scores } from '../../../src/flow/scores.ts';
import { hashBytes } from '../../../src/flow/text-hash.ts';
import { Utf8Column } from '../../../src/flow/utf8-column.ts';
import type { Problem } from '../../../src/errors.ts';

export const BANDS = [{ upTo: 0.5, decision: 'APPROVE' }, { decision: 'REJECT' }];

/** Stands for a value of another type than the column's. */
export const OTHER = Symbol('other type');

/** Values by path; undefined: the event does not have the field. */
export type Row = Readonly<Record<string, unknown>>;

/** An event schema of these fields, by name and Avro type. */
export const eventSchema = (fields: Readonly<Record<string, unknown>>) =>
  parseSchema({
    type: 'record',
    name: 'Event',
    fields: Object.entries(fields).map(([name, type]) => ({ name, type })),
  });

export type Given = Partial<PolicySettings>;

export function policyOf(given: Given, fields: Readonly<Record<string, unknown>>): Policy {
  const result = compilePolicy({ bands: BANDS, ...given }, eventSchema(fields));
  if ('problems' in result) throw new Error(JSON.stringify(result.problems, null, 1));
  return result.policy;
}

export function problemsOf(
  given: Given,
  fields: Readonly<Record<string, unknown>>,
): readonly Problem[] {
  const result = compilePolicy({ bands: BANDS, ...given }, eventSchema(fields));
  return 'problems' in result ? result.problems : [];
}

export const scoresOf = (score: readonly number[]): Scores => ({
  models: [{ name: 'm', version: '1', sha256: '' }],
  modelOf: null,
  score: Float64Array.from(score),
  classes: null,
  perClass: null,
});

/** Each text is in a block of its own. */
export function utf8Column(values: readonly unknown[], state: Uint8Array): Utf8Column {
  const column = new Utf8Column(state);
  for (const [row, value] of values.entries()) {
    if (typeof value !== 'string') continue;
    const bytes = Buffer.from(`..${value}.`);
    const [start, end] = [2, bytes.length - 1];
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    column.places.set(
      [column.blocks.push(bytes) - 1, start, end, hashBytes(view, start, end)],
      4 * row,
    );
  }
  return column;
}

/** Columns as the decoder fills them. */
export function eventsOf({ fields }: Pick<Policy, 'fields'>, rows: readonly Row[]): Events {
  const columns = fields.map(({ projected: { path, as } }): Column => {
    const values = rows.map((row) => row[path]);
    const state = Uint8Array.from(values, (value) =>
      value === undefined ? ABSENT : value === null ? NULL : value === OTHER ? MISMATCH : VALUE,
    );
    const number = (value: unknown): number =>
      as === 'length' && typeof value === 'string'
        ? Array.from(value).length
        : typeof value === 'symbol' || value === null || value === undefined
          ? 0
          : Number(value);
    if (as === 'utf8') return utf8Column(values, state);
    if (as === 'long') {
      const longs = values.map((value) => (typeof value === 'bigint' ? value : 0n));
      return { as, width: 1, state, values: BigInt64Array.from(longs) };
    }
    return { as: 'number', width: 1, state, values: Float64Array.from(values, number) };
  });
  const batch = { topic: 't', partition: 0, records: [], closedBy: 'size' as const };
  return { batch, fates: new Fates(rows.length), columns, carried: [] };
}

export interface Decided {
  readonly decisions: Decisions;
  readonly events: Events;
  /** `DECISION by DECIDER (SEGMENT)` of each row, or the message of its dead letter. */
  readonly said: readonly string[];
}

/** Decides about rows, each with its score. */
export function decideRows(
  given: Given,
  fields: Readonly<Record<string, unknown>>,
  rows: readonly (Row & { readonly score?: number })[],
  options: DecideOptions = {},
): Decided {
  const policy = policyOf(given, fields);
  const decide = createDecide(policy, [...policy.fields.keys()], options);
  const events = eventsOf(policy, rows);
  const decisions = decide(events, scoresOf(rows.map(({ score = 0 }) => score)));
  return { decisions, events, said: saidOf(decisions, events) };
}

export function saidOf(decisions: Decisions, { fates }: Events): string[] {
  const { names, index, deciders, decidedBy, segments, segmentOf } = decisions;
  return Array.from({ length: fates.rows }, (_, row) => {
    const reject = fates.rejects.find((one) => one.row === row);
    if (reject !== undefined) return `${reject.code}: ${reject.message}`;
    const by = deciders[decidedBy?.[row] ?? 0];
    const segment = segmentOf?.[row] ?? 0;
    return `${names[index![row]!]} by ${by}${segment === 0 ? '' : ` (${segments[segment - 1]})`}`;
  });
}
