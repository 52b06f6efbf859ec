import avro from 'avsc';
import { ConfluentRegistry } from '../src/decode/confluent-registry.ts';
import { fateOf, keyOf } from './events.ts';
import { Ledger, type Totals } from './ledger.ts';
import type { Pauses } from './pauses.ts';
import { readTopic, type ReadOptions } from './read-topic.ts';
import { PARTITIONS, type Names } from './topics.ts';

const WIRE_PREFIX_BYTES = 5;

/** The only part of a score that says which input it belongs to. */
const SOURCE_SCHEMA = {
  type: 'record',
  name: 'Score',
  namespace: 'stream_scorer',
  fields: [
    {
      name: 'source',
      type: {
        type: 'record',
        name: 'Source',
        fields: [
          { name: 'topic', type: 'string' },
          { name: 'partition', type: 'int' },
          { name: 'offset', type: 'long' },
        ],
      },
    },
  ],
};

interface Source {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

export interface EvaluateOptions extends Omit<ReadOptions, 'topic' | 'onRecord'> {
  readonly names: Names;
  readonly registry: ConfluentRegistry;
  /** The group's committed offsets, by partition: nothing before may be without an output. */
  readonly committed: readonly number[];
  /** Told when inputs and scores were appended. */
  readonly pauses?: Pauses;
}

/**
 * Reads the three topics and matches them. The inputs are read back too, so that what counts is
 * what the topic holds and not what the producer believes: an event whose acknowledgement was lost
 * may be there twice.
 */
export async function evaluate({
  names,
  registry,
  committed,
  pauses,
  ...rest
}: EvaluateOptions): Promise<Totals> {
  const ledger = new Ledger(PARTITIONS);
  const read = (topic: string, onRecord: ReadOptions['onRecord']): Promise<void> =>
    readTopic({ ...rest, topic, onRecord });

  await read(names.input, (partition, { offset, key, value, timestamp }) => {
    ledger.input(partition, Number(offset), keyOf(key!), fateOf(value!));
    pauses?.input(partition, Number(offset), Number(timestamp));
  });
  const latest = await registry.latest(`${names.output}-value`);
  const writer = avro.Type.forSchema(latest!.node.schema() as never);
  const reader = avro.Type.forSchema(SOURCE_SCHEMA as never);
  const resolver = reader.createResolver(writer);
  await read(names.output, (partition, { value, timestamp }) => {
    const { source } = reader.fromBuffer(value!.subarray(WIRE_PREFIX_BYTES), resolver) as {
      source: Source;
    };
    const place = placeOf(source, partition, names);
    ledger.output('score', place, source.offset);
    pauses?.output(place, source.offset, Number(timestamp));
  });
  await read(names.dead, (partition, { headers }) => {
    const header = (name: string): string =>
      (headers?.[`__connect.errors.${name}`] ?? '').toString();
    const source = {
      topic: header('topic'),
      partition: Number(header('partition')),
      offset: Number(header('offset')),
    };
    ledger.output('dead', placeOf(source, partition, names), source.offset);
  });
  return ledger.totals(committed);
}

/**
 * The source's partition, or -1, which no input has, where the output lies in another one than its
 * input.
 */
function placeOf({ topic, partition }: Source, written: number, { input }: Names): number {
  return topic === input && partition === written ? partition : -1;
}
