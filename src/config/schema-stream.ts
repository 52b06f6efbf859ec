import { z } from 'zod';
import { carry, hashKey } from './schema-carry.ts';
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
      .regex(/^[^,?#]*$/, 'must be a single URL, without a query')
      .describe("Address of a registry with Confluent's API."),
    username: text.exactOptional().describe('User for basic authentication.'),
    password: secret('Password for basic authentication.').exactOptional(),
    caFile: text
      .exactOptional()
      .describe('PEM file of the certificate authorities to trust instead of the default ones.'),
    timeoutMs: count
      .default(5000)
      .describe('Timeout for the answer to one request, with its whole body, in ms.'),
    unknownIdRetryMs: milliseconds
      .default(30_000)
      .describe(
        'How long the program asks again for an id that the registry does not know, in ms. The records wait for this time and then become dead letters. A replica of the registry may learn of a new schema late.',
      ),
  })
  .refine(
    (registry) => (registry.username === undefined) === (registry.password === undefined),
    'needs username and password together',
  )
  .describe(
    'The registry in which schemas of events are read and schemas of scores are registered.',
  );

export const input = z
  .strictObject({
    topics: distinct(topic).min(1).describe('Topics with the events to score, at least one.'),
    groupId: identifier.exactOptional().describe('Consumer group. Default: name.'),
    startFrom: z
      .enum(['earliest', 'latest'])
      .default('earliest')
      .describe('Where a partition begins if the group has no committed offset for it.'),
    outOfRange: z
      .enum(['earliest', 'latest', 'stop'])
      .default('stop')
      .describe(
        'Where a partition continues if its committed offset is no longer in the topic (retention, topic created again). stop: the program ends, so that a person can decide.',
      ),
    subject: z
      .union([text, distinct(text).min(1), z.record(topic, z.union([text, distinct(text).min(1)]))])
      .exactOptional()
      .describe(
        'Subject with the schema of the events; several if a topic has several types of events (RecordNameStrategy); or one entry per topic (topic: subject). Default: <topic>-value.',
      ),
    types: distinct(typeName)
      .min(1)
      .exactOptional()
      .describe(
        'Full names of the records to score. Others are skipped and counted. Default: all.',
      ),
    skipWhenNull: fieldPath
      .exactOptional()
      .describe(
        'Path of an event field. Events in which it is null are skipped and counted. For change events of Debezium use the field after, which is null in deletes.',
      ),
    maxRecordBytes: bytes
      .default(33_554_432)
      .describe(
        'Maximum size of a record with key and headers, in bytes, uncompressed. A larger one becomes a dead letter without its value.',
      ),
    maxBatchBytes: bytes
      .default(67_108_864)
      .describe(
        'Maximum size of a record batch, in bytes, uncompressed. Each offset of a larger one becomes a dead letter without key and value. It also limits how much of one partition is read at a time.',
      ),
  })
  .describe('The events to score.');

/** A record is identified by its name alone, so no other record may have the same name. */
const NAMES_WITHIN =
  /^(Event|Event_.*|Model|Source|Reason|null|boolean|int|long|float|double|bytes|string)$/;

export const output = z
  .strictObject({
    topic: topic.describe('Topic for the scores.'),
    carry: carry
      .default([])
      .describe(
        'Paths of event fields that are copied to the score record. Nothing else of the event is written. { field, hash: true } writes a keyed hash instead of the value, { field, keepLast: 4 } only its end.',
      ),
    hashKey: hashKey.exactOptional(),
    registerSchema: z
      .boolean()
      .default(true)
      .describe(
        'true: the program registers the schema of the scores (<topic>-value). false: the schema must already be registered.',
      ),
    schemaName: z
      .string()
      .max(249)
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be a name without dots, such as FraudScore')
      .refine(
        (name) => !NAMES_WITHIN.test(name),
        'is already the name of a record in the score schema, or of an Avro type',
      )
      .default('Score')
      .describe('Name of the score record, for the classes that consumers generate.'),
    namespace: namespace
      .default('stream_scorer')
      .describe('Namespace of the score record and of the records in it.'),
    partitioning: z
      .enum(['same', 'key'])
      .default('same')
      .describe(
        'same: the partition number of the input record, which keeps the order of a partition. key: by the hash of the key.',
      ),
    compression: z
      .enum(['none', 'gzip', 'snappy', 'lz4', 'zstd'])
      .default('none')
      .describe('Compression of the record batches that are written.'),
  })
  .describe('The scores.');

export const deadLetter = z
  .strictObject({
    topic: topic.describe('Topic for records that cannot be scored, whatever is retried.'),
    includePayload: z
      .boolean()
      .default(true)
      .describe(
        'true: dead letters have the key, value and headers of the record. false: they have only the headers that say where the record is and why it failed.',
      ),
    maxConsecutive: count
      .default(100)
      .describe(
        'Maximum number of dead letters in a row, in one partition. With more, the program ends instead of emptying the topic.',
      ),
    maxRatio: z
      .number()
      .gt(0)
      .max(1)
      .default(0.2)
      .describe(
        'Maximum share of dead letters. With a larger share, the program ends. 1: no limit.',
      ),
  })
  .describe('Dead letters. Default for the whole section: the topic <first input topic>-dead.');

export const delivery = z
  .enum(['at-least-once', 'exactly-once'])
  .default('at-least-once')
  .describe(
    'at-least-once: offsets are committed after the scores are acknowledged. exactly-once: both are in one transaction.',
  );

export const batch = z
  .strictObject({
    maxSize: count.default(1024).describe('Maximum number of events in a batch.'),
    maxDelayMs: milliseconds
      .default(5)
      .describe('Maximum time that an event waits for others in its batch, in ms.'),
    maxInferMs: count
      .default(50)
      .describe(
        'Time that the model may take for one batch, in ms. The program measures earlier batches and gives a slow model smaller ones.',
      ),
  })
  .describe(
    'Events are scored in batches, per partition. The first limit that is reached closes a batch.',
  );

export const commit = z
  .strictObject({
    intervalMs: milliseconds
      .default(100)
      .describe(
        'At-least-once: offsets of acknowledged scores are committed at most this often, in ms.',
      ),
  })
  .describe('How offsets are committed.');
