import type { Settings } from '../config/settings.ts';
import type { RangeReader } from '../consume/range-reader.ts';
import type { SchemaRegistry } from '../decode/registry.ts';
import type { Batch } from '../flow/batch.ts';
import type { SchemaNode } from '../flow/schema-node.ts';
import { untilAvailable } from '../runtime/retry.ts';
import { createLabelReader } from './label-reader.ts';
import { latestSchema } from './latest-schema.ts';
import { addLabel, invalidLabel, type LabelTarget } from './label-target.ts';
import { oneWriter, recordOf } from './score-events.ts';
import { openEvents } from './score-input.ts';

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
  const node = await latestSchema(registry, topic, '--labels');
  const add = createLabelDecoder(target, settings, registry, topic, node);
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
  const read = createLabelReader({
    id: join.label,
    value: join.value,
    where: { id: '--label-id', value: '--label' },
    settings,
    registry,
    topic,
    reader,
  });
  return async function addLabels(batch) {
    const { rejects, isAlive, id, value } = await read(batch);
    const where = (row: number): string =>
      `${topic}-${batch.partition}, offset ${batch.records[row]!.offset}`;
    for (const { row, code, message } of rejects)
      throw invalidLabel(`the label cannot be read: ${code}: ${message}`, where(row));
    for (const row of batch.records.keys()) {
      if (isAlive(row)) addLabel(target, id(row), value(row), where(row));
      else table.add('', null); // a tombstone says nothing
    }
  };
}
