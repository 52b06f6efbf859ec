import { z } from 'zod';
import {
  bytes,
  count,
  distinct,
  fieldPath,
  httpUrl,
  identifier,
  milliseconds,
  namespace,
  secret,
  text,
  topic,
  typeName,
} from './schema-values.ts';

/** What is read, what is written, and what happens to the rest. */

export const schemaRegistry = z
  .strictObject({
    url: httpUrl
      .regex(/^[^,?#]*$/, 'must be one address, without a query')
      .describe("Address of a registry with Confluent's API."),
    username: text.exactOptional().describe('User for basic authentication.'),
    password: secret('Password for basic authentication.').exactOptional(),
    caFile: text
      .exactOptional()
      .describe('PEM file of the authorities to trust instead of the usual ones.'),
    timeoutMs: count
      .default(5000)
      .describe('For the answer to one request, its whole body included, in ms.'),
    unknownIdRetryMs: milliseconds
      .default(30_000)
      .describe(
        'How long an id that the registry does not know is asked for again, its records waiting, before they are dead letters, in ms. A replica may hear late of a new schema.',
      ),
  })
  .refine(
    (registry) => (registry.username === undefined) === (registry.password === undefined),
    'needs username and password together',
  )
  .describe('Where the schemas of events are read and those of scores are registered.');

export const input = z
  .strictObject({
    topics: distinct(topic).min(1).describe('Topics with the events to score, at least one.'),
    groupId: identifier.exactOptional().describe('Consumer group. Default: name.'),
    startFrom: z
      .enum(['earliest', 'latest'])
      .default('earliest')
      .describe('Where a partition begins for which the group has no committed offset.'),
    outOfRange: z
      .enum(['earliest', 'latest', 'stop'])
      .default('stop')
      .describe(
        'Where a partition goes on whose committed offset is not in the topic any more (retention, topic made again). stop: the service ends, and a person decides.',
      ),
    subject: z
      .union([text, distinct(text).min(1), z.record(topic, z.union([text, distinct(text).min(1)]))])
      .exactOptional()
      .describe(
        'Registry subject with the schema of the events, or several where a topic has events of several types (RecordNameStrategy), or such for each topic (topic: subject). Default: <topic>-value.',
      ),
    types: distinct(typeName)
      .min(1)
      .exactOptional()
      .describe(
        'Full names of the records to score; others are skipped and counted. Default: all.',
      ),
    skipWhenNull: fieldPath
      .exactOptional()
      .describe(
        'Path of an event field: events in which it is null are skipped and counted. after: the deletes of change events, as Debezium writes them.',
      ),
    maxRecordBytes: bytes
      .default(33_554_432)
      .describe(
        'Largest record that is read, in bytes, uncompressed, key and headers included; a larger one is a dead letter without its value.',
      ),
    maxBatchBytes: bytes
      .default(67_108_864)
      .describe(
        'Largest record batch that is unpacked, in bytes, uncompressed; the records of a larger one are dead letters by their offsets alone. Also what is read of one partition at a time.',
      ),
  })
  .describe('The events to score.');

/** A record is told by its name alone: two of one name would be one. */
const NAMES_WITHIN =
  /^(Event|Event_.*|Model|Source|Reason|null|boolean|int|long|float|double|bytes|string)$/;

export const output = z
  .strictObject({
    topic: topic.describe('Topic the scores are written to.'),
    carry: distinct(fieldPath)
      .default([])
      .describe(
        'Paths of event fields that are copied to the score record; nothing else of the event leaves.',
      ),
    registerSchema: z
      .boolean()
      .default(true)
      .describe(
        'Whether the schema of scores is registered at start (<topic>-value), or must be there already.',
      ),
    schemaName: z
      .string()
      .max(249)
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be a name without dots, as FraudScore')
      .refine(
        (name) => !NAMES_WITHIN.test(name),
        'is the name of a record within the scores, or of a type of Avro',
      )
      .default('Score')
      .describe('Name of the record that scores are, for the classes that consumers generate.'),
    namespace: namespace
      .default('stream_scorer')
      .describe('Namespace of that record and of those in it.'),
    partitioning: z
      .enum(['same', 'key'])
      .default('same')
      .describe(
        "same: the input record's partition number, which keeps the order of a partition. key: by hash of the key.",
      ),
    compression: z
      .enum(['none', 'gzip', 'snappy', 'lz4', 'zstd'])
      .default('none')
      .describe('Compression of the record batches that are written.'),
  })
  .describe('The scores.');

export const deadLetter = z
  .strictObject({
    topic: topic.describe('Topic for records that no retry could help.'),
    includePayload: z
      .boolean()
      .default(true)
      .describe(
        'Whether key, value and headers go along; false: only the headers that say where and why.',
      ),
    maxConsecutive: count
      .default(100)
      .describe(
        'More dead letters in a row than this, in one partition: the service stops instead of draining the topic.',
      ),
    maxRatio: z
      .number()
      .gt(0)
      .max(1)
      .default(0.2)
      .describe(
        'A larger share of dead letters than this: the service stops. 1: never for this reason.',
      ),
  })
  .describe('Dead letters. Default for the whole section: the topic <first input topic>-dead.');

export const delivery = z
  .enum(['at-least-once', 'exactly-once'])
  .default('at-least-once')
  .describe(
    'at-least-once: offsets are committed after the scores are acknowledged. exactly-once: both are one transaction.',
  );

export const batch = z
  .strictObject({
    maxSize: count.default(1024).describe('Most events that are scored together.'),
    maxDelayMs: milliseconds
      .default(5)
      .describe('Longest wait of an event for others to be scored with, in ms.'),
    maxInferMs: count
      .default(50)
      .describe(
        'Time that the model may take for one batch, in ms: a slow model gets smaller batches, as learned from those before.',
      ),
  })
  .describe('Events are scored in batches, per partition; the first limit reached closes a batch.');

export const commit = z
  .strictObject({
    intervalMs: milliseconds
      .default(100)
      .describe(
        'At-least-once: offsets of acknowledged scores are committed at most this often, in ms.',
      ),
  })
  .describe('How progress is stored in the group.');
