import { z } from 'zod';
import { count, milliseconds } from './schema-values.ts';

/**
 * Settings of kafkajs that are passed on under their own names, and those that are refused because
 * the guarantee depends on them.
 */

const backoff = {
  initialRetryTime: milliseconds
    .exactOptional()
    .describe('First wait between attempts, in ms. Client default: 300.'),
  maxRetryTime: milliseconds
    .exactOptional()
    .describe('Longest wait between attempts, in ms. Client default: 30000.'),
  factor: z
    .number()
    .min(0)
    .max(1)
    .exactOptional()
    .describe('Random spread of a wait. Client default: 0.2.'),
  multiplier: z
    .number()
    .min(1)
    .exactOptional()
    .describe('Growth of the wait per attempt. Client default: 2.'),
};
const retry = z
  .strictObject(backoff)
  .exactOptional()
  .describe('Waits between attempts inside the client.');
const metadataMaxAge = milliseconds
  .exactOptional()
  .describe(
    'Leaders and partitions are looked up again after this time, in ms. Client default: 300000.',
  );

const client = z.strictObject({
  connectionTimeout: count
    .exactOptional()
    .describe('Timeout for opening a connection, TLS included, in ms.'),
  authenticationTimeout: count.exactOptional().describe('Timeout for an answer to SASL, in ms.'),
  reauthenticationThreshold: milliseconds
    .exactOptional()
    .describe(
      'The client authenticates again this long before the session ends, in ms. Client default: 10000.',
    ),
  requestTimeout: count
    .exactOptional()
    .describe(
      'Timeout for an answer to a request, in ms. A connection that is silent meanwhile is closed after a sixth of it. Default: 30000.',
    ),
  enforceRequestTimeout: z
    .boolean()
    .exactOptional()
    .describe('Whether requestTimeout is applied. Client default: true.'),
  retry,
});

const consumer = z
  .strictObject({
    sessionTimeout: count
      .exactOptional()
      .describe(
        'After this time without a heartbeat, other members get the partitions, in ms. Default: 6000.',
      ),
    rebalanceTimeout: count
      .exactOptional()
      .describe('How long the group waits for this member in a rebalance, in ms. Default: 15000.'),
    heartbeatInterval: count
      .exactOptional()
      .describe(
        'Time between heartbeats, in ms. A member learns of a rebalance at its next heartbeat. Default: 500.',
      ),
    metadataMaxAge,
    minBytes: count
      .exactOptional()
      .describe('A fetch waits until this many bytes are available. Client default: 1.'),
    maxBytes: count
      .exactOptional()
      .describe('Maximum bytes of one fetch. Client default: 10485760.'),
    maxBytesPerPartition: count
      .exactOptional()
      .describe('Maximum bytes of one partition in a fetch. Client default: 1048576.'),
    maxWaitTimeInMs: milliseconds
      .exactOptional()
      .describe('A fetch waits at most this long for minBytes, in ms.'),
    rackId: z
      .string()
      .min(1)
      .exactOptional()
      .describe('Fetch from replicas in this rack, if there are any.'),
    retry: z
      .strictObject({
        ...backoff,
        retries: z
          .int()
          .min(0)
          .exactOptional()
          .describe('Attempts before the client restarts the consumer.'),
      })
      .exactOptional()
      .describe('Attempts inside the client, and the waits between them.'),
  })
  .refine(
    ({ heartbeatInterval = 500, sessionTimeout = 6000 }) => heartbeatInterval < sessionTimeout,
    'needs a heartbeatInterval (500 by default) below sessionTimeout (6000 by default)',
  );

const producer = z.strictObject({
  metadataMaxAge,
  transactionTimeout: count
    .exactOptional()
    .describe(
      'The broker aborts a transaction that is open for longer than this, in ms. Client default: 60000.',
    ),
  retry,
});

export const kafkajs = z
  .strictObject({
    client: client.prefault({}).describe('Passed to the Kafka client.'),
    consumer: consumer.prefault({}).describe('Passed to the consumer.'),
    producer: producer.prefault({}).describe('Passed to every producer.'),
  })
  .describe(
    'Settings that are passed to kafkajs. Settings that would break the guarantee are refused.',
  );

const GUARANTEE = 'the delivery guarantee depends on it, so the service sets it';

/** Why a key that kafkajs knows is not passed on. */
export const REFUSED: Readonly<Record<string, string>> = {
  'kafkajs.client.brokers': 'use kafka.brokers',
  'kafkajs.client.clientId': 'use name, which gives the client id',
  'kafkajs.client.ssl': 'use kafka.tls',
  'kafkajs.client.sasl': 'use kafka.sasl',
  'kafkajs.client.logLevel': 'use log.level',
  'kafkajs.client.logCreator': 'use log.level',
  'kafkajs.client.socketFactory': 'it is a function, which YAML cannot hold',
  'kafkajs.client.retry.retries':
    'producers use the same value and would give up on a record; the service waits for outages to end',
  'kafkajs.consumer.groupId': 'use input.groupId',
  'kafkajs.consumer.partitionAssigners': 'it is a function, which YAML cannot hold',
  'kafkajs.consumer.allowAutoTopicCreation':
    'a misspelt topic would be created instead of reported',
  'kafkajs.consumer.readUncommitted': 'records of aborted transactions would be scored',
  'kafkajs.consumer.maxInFlightRequests': 'heartbeats and commits would queue behind fetches',
  'kafkajs.producer.transactionalId': GUARANTEE,
  'kafkajs.producer.idempotent': GUARANTEE,
  'kafkajs.producer.maxInFlightRequests': GUARANTEE,
  'kafkajs.producer.acks': GUARANTEE,
  'kafkajs.producer.createPartitioner': 'use output.partitioning',
  'kafkajs.producer.compression': 'use output.compression',
  'kafkajs.producer.allowAutoTopicCreation':
    'a misspelt topic would be created instead of reported',
  'kafkajs.producer.retry.retries':
    'a producer that gives up on a record may change the order; the service waits for outages to end',
};
