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
  /** Passed on to kafkajs. The configuration has already refused the keys that the service sets. */
  readonly overrides?: Partial<KafkaConfig> | undefined;
  /** How much fetched data may be in memory. */
  readonly limits?: FetchLimits | undefined;
  readonly logger: Logger;
}

/** The defaults of kafkajs change with NODE_ENV, so every client sets them. */
export const KAFKA_RETRY: RetryOptions = {
  initialRetryTime: 100,
  maxRetryTime: 3000,
  factor: 0.2,
  multiplier: 2,
  retries: 6,
};

/**
 * The only place where a kafkajs client is created. Throws CLIENT_VERSION for an unknown version.
 */
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
    // The default of one second is too short for TLS to a cloud.
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
