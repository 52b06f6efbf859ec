import { both, type Both } from '../compare/compared-batch.ts';
import type { SchemaRegistry } from '../decode/registry.ts';
import type { SchemaNode } from '../flow/schema-node.ts';
import type { Lifecycle } from '../runtime/lifecycle.ts';
import {
  fileBatches,
  topicBatches,
  type Batching,
  type InputBatch,
  type TopicRange,
} from './compare-input.ts';
import type { OpenSide } from './compare-sides.ts';
import { openRegistry, rangeReaderOf } from './offline-kafka.ts';
import { readRecorded, type RecordedSide } from './recorded-scores.ts';
import { oneWriter } from './score-events.ts';
import { openEvents, type Format } from './score-input.ts';

/** Where the events come from. */
export interface CompareSource {
  /** The topic, or the name of the file. */
  readonly topic: string;
  /** Knows the schemas that the events are written by. */
  readonly registries: Both<Pick<SchemaRegistry, 'byId'>>;
  readonly batches: (batching: Batching) => AsyncIterable<InputBatch>;
  /** What the output topic of A says about the events of a topic. */
  readonly recorded?: () => Promise<RecordedSide>;
}

export async function fileSource(
  chunks: AsyncIterable<Buffer>,
  format: Format,
  name: string,
  { a }: Both<OpenSide>,
): Promise<CompareSource> {
  const [reader] = a.plan.stream.readers.values() as Iterable<SchemaNode> as [SchemaNode];
  const { writer, entries } = await openEvents(chunks, format, reader, name);
  return {
    topic: name,
    registries: both(() => oneWriter(writer)),
    batches: (batching) => fileBatches(entries, name, batching),
  };
}

export async function topicSource(
  range: TopicRange,
  sides: Both<OpenSide>,
  lifecycle: Lifecycle,
  signal: AbortSignal,
): Promise<CompareSource> {
  const { settings } = sides.a;
  const reader = await rangeReaderOf(settings);
  const a = await openRegistry(lifecycle, settings);
  const b = await openRegistry(lifecycle, sides.b.settings);
  return {
    topic: range.topic,
    registries: { a, b },
    batches: (batching) => topicBatches(reader, range, batching, signal),
    recorded: () => {
      const { topic, from } = range;
      return readRecorded({ settings, topic, from, reader, registry: a, signal });
    },
  };
}
