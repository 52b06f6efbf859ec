import type { Settings } from '../config/settings.ts';
import type { RangeReader } from '../consume/range-reader.ts';
import type { SchemaRegistry } from '../decode/registry.ts';
import { ScorerError, type Problem } from '../errors.ts';
import type { Batch } from '../flow/batch.ts';
import { MISMATCH } from '../flow/events.ts';
import { FieldSet } from '../flow/projection.ts';
import type { SchemaNode } from '../flow/schema-node.ts';
import { untilAvailable } from '../runtime/retry.ts';
import { textOf } from './event-facts.ts';
import { factField } from './fact-fields.ts';
import { KEY } from './label-join.ts';
import { addLabel, invalidLabel, type LabelTarget } from './label-target.ts';
import { oneWriter, recordOf } from './score-events.ts';
import { openEvents } from './score-input.ts';
import { createStreamDecoder } from './stages.ts';

/** Records of a label file that are decoded together. */
const BATCH = 1000;

/** Reads all labels of an Avro container. */
export async function labelsOfContainer(
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
  target: LabelTarget,
  settings: Settings,
  registry: Pick<SchemaRegistry, 'byId'>,
  topic: string,
  reader: SchemaNode,
): (batch: Batch) => Promise<void> {
  const { join, table } = target;
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
      throw invalidLabel(`the label cannot be read: ${code}: ${message}`, where(row));
    batch.records.forEach((record, row) => {
      if (!fates.isAlive(row)) {
        table.add('', null); // a tombstone says nothing
        return;
      }
      const own = id === undefined ? record.key : textOf(id, columns, row);
      const text = textOf(value!, columns, row);
      const other = value!.slots.some((slot) => columns[slot]!.state[row] === MISMATCH);
      const known = text === undefined && other ? {} : text;
      addLabel(target, own, known, where(row));
    });
  };
}

function withoutTypes({ types: _types, ...input }: Settings['input']): Settings['input'] {
  return input;
}
