import kafkajs, {
  type Kafka,
  type KafkaConfig,
  type RetryOptions,
  type SASLOptions,
} from 'kafkajs';
import type { ConnectionOptions } from 'node:tls';
import type { Logger } from '../observe/logger.ts';
import { registerCodecs } from './kafka-codecs.ts';
import { kafkajsLog } from './kafka-log.ts';
import type { FetchLimits } from './fetch/fetch-limits.ts';
import { limitFetches } from './fetch/kafka-fetch-patch.ts';
import { patchKafkajs } from './kafka-patches.ts';

export type { Kafka, SASLOptions };

export interface KafkaClientOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly ssl?: ConnectionOptions | boolean | undefined;
  readonly sasl?: SASLOptions | undefined;
  /** Passed through to kafkajs; the configuration has refused the keys that are ours. */
  readonly overrides?: Partial<KafkaConfig> | undefined;
  /** How much of what is fetched may be in memory. */
  readonly limits?: FetchLimits | undefined;
  readonly logger: Logger;
}

/** kafkajs' own defaults change with NODE_ENV, so every client states them. */
export const KAFKA_RETRY: RetryOptions = {
  initialRetryTime: 100,
  maxRetryTime: 3000,
  factor: 0.2,
  multiplier: 2,
  retries: 6,
};

/** The one place where a kafkajs client is made. Throws CLIENT_VERSION on a version not known. */
export function createKafka({
  brokers,
  clientId,
  ssl,
  sasl,
  overrides,
  limits,
  logger,
}: KafkaClientOptions): Kafka {
  patchKafkajs(logger);
  registerCodecs();
  if (limits !== undefined) limitFetches(limits);
  return new kafkajs.Kafka({
    // kafkajs' second is too short for TLS to a cloud.
    connectionTimeout: 5000,
    authenticationTimeout: 10_000,
    requestTimeout: 30_000,
    enforceRequestTimeout: true,
    ...overrides,
    retry: { ...KAFKA_RETRY, ...overrides?.retry },
    brokers: [...brokers],
    clientId,
    ...(ssl === undefined ? {} : { ssl }),
    ...(sasl === undefined ? {} : { sasl }),
    logLevel: kafkajs.logLevel.WARN,
    logCreator: kafkajsLog(logger),
  });
}
