import type { Facts } from '../compare/compared-batch.ts';
import { UNLABELLED } from '../compare/compared-batch.ts';
import type { LabelTable } from '../compare/label-table.ts';
import type { Settings } from '../config/settings.ts';
import type { SchemaRegistry } from '../decode/registry.ts';
import { ScorerError, type Problem } from '../errors.ts';
import type { Batch } from '../flow/batch.ts';
import { VALUE, type Column } from '../flow/events.ts';
import { FieldSet } from '../flow/projection.ts';
import { timeOf } from '../flow/record.ts';
import type { SchemaNode } from '../flow/schema-node.ts';
import { groupName, NO_VALUE } from '../monitor/group-names.ts';
import { factField, type FactField, type FactKind } from './fact-fields.ts';
import { KEY, type LabelJoin } from './label-join.ts';
import { createStreamDecoder } from './stages.ts';

/** Which fields of the events are read. */
export interface FactPaths {
  readonly by?: string | undefined;
  readonly amount?: string | undefined;
  /** Default: the timestamp of the record, if it has one. */
  readonly time?: string | undefined;
}

export interface EventFactsOptions {
  readonly paths: FactPaths;
  readonly labels: { readonly join: LabelJoin; readonly table: LabelTable } | undefined;
  readonly settings: Settings;
  readonly registry: Pick<SchemaRegistry, 'byId'>;
  readonly topic: string;
  readonly reader: SchemaNode;
}

/**
 * Reads what is needed of events beside their scores: with the same decoder, but on its own, so
 * scoring reads exactly what it reads in a stream. Throws INPUT_INVALID if the events do not have a
 * field.
 */
export function createEventFacts(options: EventFactsOptions): (batch: Batch) => Promise<Facts> {
  const { paths, labels, reader } = options;
  const problems: Problem[] = [];
  const set = new FieldSet();
  const use = (path: string | undefined, kind: FactKind, where: string): Use | undefined => {
    if (path === undefined) return undefined;
    const fact = factField(reader, path, kind, where, problems);
    return fact && { ...fact, slots: fact.fields.map((field) => set.slot(field)) };
  };
  const by = use(paths.by, 'text', '--by');
  const amount = use(paths.amount, 'amount', '--amount');
  const time = use(paths.time, 'time', '--time');
  const own = labels?.join.event;
  const id = own === KEY ? undefined : use(own, 'text', '--label-id');
  if (problems.length > 0) throw new ScorerError(problems);
  const columnsOf = columnReader(options, set);

  return async function eventFacts(batch) {
    const columns = await columnsOf(batch);
    const rows = batch.records.length;
    const numbers = (own: Use | undefined): Float64Array | null => {
      if (own === undefined) return null;
      const { state, values } = columns[own.slots[0]!]!;
      return Float64Array.from({ length: rows }, (_, row) =>
        state[row] === VALUE ? Number(values[row]) * own.unitMs : NaN,
      );
    };
    return {
      time: numbers(time) ?? Float64Array.from(batch.records, (record) => timeOf(record) ?? NaN),
      segment: by === undefined ? null : batch.records.map((_, row) => segmentOf(by, columns, row)),
      amount: numbers(amount),
      label: labels === undefined ? null : labelsOf(batch, labels, idsOf(id, columns)),
    };
  };
}

function segmentOf(by: Use, columns: readonly Column[], row: number): string {
  const value = textOf(by, columns, row);
  return value === undefined ? NO_VALUE : groupName(value);
}

type Use = FactField & { readonly slots: readonly number[] };

/** Without fields, nothing is decoded. */
function columnReader(
  { settings, registry, topic, reader }: EventFactsOptions,
  { fields }: FieldSet,
): (batch: Batch) => Promise<readonly Column[]> {
  if (fields.length === 0) return () => Promise.resolve([]);
  const decode = createStreamDecoder(
    { projection: { fields, carry: [] }, readers: new Map([[topic, reader]]), carry: [] },
    { settings, registry, now: Date.now },
  );
  return async (batch) => (await decode(batch)).columns;
}

/** The value as text; undefined if there is none. */
export function textOf(
  { slots, boolean }: Pick<Use, 'slots' | 'boolean'>,
  columns: readonly Column[],
  row: number,
): string | undefined {
  const slot = slots.find((one) => columns[one]!.state[row] === VALUE);
  if (slot === undefined) return undefined;
  const { as, values } = columns[slot]!;
  return boolean && as === 'number' ? String(values[row] === 1) : String(values[row]);
}

function idsOf(
  id: Use | undefined,
  columns: readonly Column[],
): (batch: Batch, row: number) => Buffer | string | undefined {
  return id === undefined
    ? ({ records }, row) => records[row]!.key ?? undefined
    : (_batch, row) => textOf(id, columns, row);
}

function labelsOf(
  batch: Batch,
  { table, join }: NonNullable<EventFactsOptions['labels']>,
  idOf: (batch: Batch, row: number) => Buffer | string | undefined,
): Uint8Array {
  return Uint8Array.from({ length: batch.records.length }, (_, row) => {
    const id = idOf(batch, row);
    const label = id === undefined ? UNLABELLED : table.of(id);
    return label === UNLABELLED && join.unlabelledIsZero ? 0 : label;
  });
}
