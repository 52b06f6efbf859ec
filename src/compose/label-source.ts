import type { LabelTable } from '../compare/label-table.ts';
import type { Settings } from '../config/settings.ts';
import type { RangeReader } from '../consume/range-reader.ts';
import type { SchemaRegistry } from '../decode/registry.ts';
import { ScorerError, type Problem } from '../errors.ts';
import { csvRows } from '../files/csv.ts';
import { parseExactJson } from '../files/exact-json.ts';
import { linesOf } from '../files/lines.ts';
import { unpackedText } from '../files/no-lines.ts';
import type { Batch } from '../flow/batch.ts';
import { MISMATCH } from '../flow/events.ts';
import { parsePath } from '../flow/path.ts';
import { FieldSet } from '../flow/projection.ts';
import type { SchemaNode } from '../flow/schema-node.ts';
import { untilAvailable } from '../runtime/retry.ts';
import { textOf } from './event-facts.ts';
import { factField } from './fact-fields.ts';
import { KEY, labelOf, type LabelJoin } from './label-join.ts';
import { oneWriter, recordOf } from './score-events.ts';
import { openEvents } from './score-input.ts';
import { createStreamDecoder } from './stages.ts';

/** Records of a label file that are decoded together. */
const BATCH = 1000;

export interface LabelTarget {
  readonly table: LabelTable;
  readonly join: LabelJoin;
}

/** Reads all labels of a file: .jsonl, .csv with a line of names, or .avro. */
export async function labelsOfFile(
  chunks: AsyncIterable<Buffer>,
  name: string,
  target: LabelTarget,
  settings: Settings,
): Promise<void> {
  if (name.endsWith('.avro')) return labelsOfContainer(chunks, name, target, settings);
  if (name.endsWith('.csv')) return labelsOfCsv(chunks, name, target);
  if (!name.endsWith('.jsonl'))
    throw new ScorerError({
      code: 'INPUT_INVALID',
      what: 'only .jsonl, .csv and .avro files can hold labels',
      where: name,
    });
  const { join, table } = target;
  const [id, value] = [pathOf(join.label), pathOf(join.value)];
  let line = 0;
  for await (const text of linesOf(unpackedText(chunks, name), name)) {
    line++;
    if (text?.trim() === '') continue;
    const where = `${name}:${line}`;
    const json = parsed(text, where);
    addLabel(table, join, valueAt(json, id), valueAt(json, value), where);
  }
}

async function labelsOfCsv(
  chunks: AsyncIterable<Buffer>,
  name: string,
  { join, table }: LabelTarget,
): Promise<void> {
  let columns: { readonly id: number; readonly value: number } | undefined;
  for await (const { line, cells } of csvRows(linesOf(unpackedText(chunks, name), name), name)) {
    if (columns === undefined) {
      columns = { id: cells.indexOf(join.label), value: cells.indexOf(join.value) };
      for (const [column, at] of [
        [join.label, columns.id],
        [join.value, columns.value],
      ] as const) {
        if (at === -1) throw invalid(`the first line has no column ${column}`, `${name}:${line}`);
      }
    } else addLabel(table, join, cells[columns.id], cells[columns.value], `${name}:${line}`);
  }
}

async function labelsOfContainer(
  chunks: AsyncIterable<Buffer>,
  name: string,
  target: LabelTarget,
  settings: Settings,
): Promise<void> {
  const { writer, entries } = await openEvents(
    chunks,
    'avro',
    { kind: 'null', schema: () => 'null' },
    name,
  );
  const add = createLabelDecoder(target, settings, oneWriter(writer), name, writer);
  let records: Batch['records'][number][] = [];
  const flush = async (): Promise<void> => {
    await add({ topic: name, partition: 0, records, closedBy: 'end' });
    records = [];
  };
  for await (const entry of entries) {
    if ('avro' in entry) records.push(recordOf(entry));
    if (records.length === BATCH) await flush();
  }
  await flush();
}

/**
 * Reads all labels of a topic, up to the end that it has now: a label may come long after its
 * event.
 */
export async function labelsOfTopic(
  reader: RangeReader,
  topic: string,
  target: LabelTarget,
  from: {
    readonly settings: Settings;
    readonly registry: Pick<SchemaRegistry, 'byId' | 'latest'>;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { settings, registry, signal } = from;
  const subject = `${topic}-value`;
  const latest = await registry.latest(subject);
  if (latest === undefined)
    throw new ScorerError({
      code: 'SUBJECT_NOT_FOUND',
      what: `the schema registry has no subject ${subject}`,
      where: '--labels',
    });
  const add = createLabelDecoder(target, settings, registry, topic, latest.node);
  for await (const { partition, records } of reader.read({ topic, signal })) {
    const batch: Batch = { topic, partition, records, closedBy: 'end' };
    await untilAvailable(() => add(batch), { signal });
  }
}

/** Adds the labels of a batch of Avro records. Throws INPUT_INVALID for a record that is no label. */
function createLabelDecoder(
  { join, table }: LabelTarget,
  settings: Settings,
  registry: Pick<SchemaRegistry, 'byId'>,
  topic: string,
  reader: SchemaNode,
): (batch: Batch) => Promise<void> {
  const problems: Problem[] = [];
  const set = new FieldSet();
  const use = (path: string, where: string) => {
    const fact = factField(reader, path, 'text', where, problems);
    return fact && { ...fact, slots: fact.fields.map((field) => set.slot(field)) };
  };
  const id = join.label === KEY ? undefined : use(join.label, '--label-id');
  const value = use(join.value, '--label');
  if (problems.length > 0) throw new ScorerError(problems);
  const decode = createStreamDecoder(
    {
      projection: { fields: set.fields, carry: [] },
      readers: new Map([[topic, reader]]),
      carry: [],
    },
    { settings: { ...settings, input: withoutTypes(settings.input) }, registry, now: Date.now },
  );
  return async function addLabels(batch) {
    const { columns, fates } = await decode(batch);
    const where = (row: number): string =>
      `${topic}-${batch.partition}, offset ${batch.records[row]!.offset}`;
    for (const { row, code, message } of fates.rejects)
      throw invalid(`the label cannot be read: ${code}: ${message}`, where(row));
    batch.records.forEach((record, row) => {
      if (!fates.isAlive(row)) {
        table.add('', null); // a tombstone says nothing
        return;
      }
      const own = id === undefined ? record.key : textOf(id, columns, row);
      const text = textOf(value!, columns, row);
      const other = value!.slots.some((slot) => columns[slot]!.state[row] === MISMATCH);
      const known = text === undefined && other ? {} : text;
      addLabel(table, join, own, known, where(row));
    });
  };
}

function withoutTypes({ types: _types, ...input }: Settings['input']): Settings['input'] {
  return input;
}

function addLabel(
  table: LabelTable,
  join: LabelJoin,
  id: unknown,
  value: unknown,
  where: string,
): void {
  const label = labelOf(value, join);
  if (label === undefined)
    throw invalid(
      `${join.value} is not a label`,
      where,
      `A label is 0 or 1, true or false, or null. If another value means 1, name it: --label ${join.value}=VALUE.`,
    );
  const own = Buffer.isBuffer(id) ? id : idText(id);
  if (own === undefined) throw invalid(`the label has no ${join.label}`, where);
  table.add(own, label);
}

function idText(id: unknown): string | undefined {
  if (id === null || id === undefined || id === '') return undefined;
  return typeof id === 'string' || typeof id === 'number' || typeof id === 'bigint'
    ? String(id)
    : undefined;
}

function pathOf(path: string): readonly (string | number)[] {
  const steps = parsePath(path);
  if (steps === undefined) throw invalid(`${path} is not a valid path`, '--label-id');
  return steps;
}

function valueAt(json: unknown, path: readonly (string | number)[]): unknown {
  let at = json;
  for (const step of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined;
    at = (at as Record<string, unknown>)[step];
  }
  return at;
}

function parsed(text: string | undefined, where: string): unknown {
  if (text === undefined) throw invalid('the line is not UTF-8', where);
  try {
    return parseExactJson(text);
  } catch {
    throw invalid('the line is not JSON', where);
  }
}

function invalid(what: string, where: string, remedy?: string): ScorerError {
  return new ScorerError({
    code: 'INPUT_INVALID',
    what,
    where,
    ...(remedy === undefined ? {} : { remedy }),
  });
}
