import type { Settings } from '../config/settings.ts';
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
import { openRegistry, rangeReaderOf } from './offline-kafka.ts';
import { oneWriter } from './score-events.ts';
import { openEvents, type Format } from './score-input.ts';

/** Events of a file or of a range of a topic, for a command that reads all of them once. */
export interface OfflineEvents {
  /** The topic, or the name of the file. */
  readonly topic: string;
  /** Knows the schemas that the events are written by. */
  readonly registry: Pick<SchemaRegistry, 'byId'>;
  readonly batches: (batching: Batching) => AsyncIterable<InputBatch>;
}

export async function eventsOfFile(
  chunks: AsyncIterable<Buffer>,
  format: Format,
  name: string,
  reader: SchemaNode,
): Promise<OfflineEvents> {
  const { writer, entries } = await openEvents(chunks, format, reader, name);
  return {
    topic: name,
    registry: oneWriter(writer),
    batches: (batching) => fileBatches(entries, name, batching),
  };
}

export async function eventsOfTopic(
  range: TopicRange,
  settings: Settings,
  lifecycle: Lifecycle,
  signal: AbortSignal,
): Promise<OfflineEvents> {
  const reader = await rangeReaderOf(settings);
  return {
    topic: range.topic,
    registry: await openRegistry(lifecycle, settings),
    batches: (batching) => topicBatches(reader, range, batching, signal),
  };
}
