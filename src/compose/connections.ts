import type { ConnectionOptions } from 'node:tls';
import { ConfluentRegistry } from '../decode/confluent-registry.ts';
import type { SaslSettings, Settings, TlsSettings } from '../config/settings.ts';
import { ScorerError, type Problem } from '../errors.ts';
import type { Logger } from '../observe/logger.ts';
import { createKafka, type Kafka, type SASLOptions } from '../kafkajs/kafka-client.ts';
import { fetchToken } from '../runtime/oauth-token.ts';
import { certificate } from './certificate.ts';

/**
 * Creates the Kafka client of the configuration. Certificates are read now, so a wrong path is
 * found at the start.
 */
export async function kafkaOf(settings: Settings, logger: Logger): Promise<Kafka> {
  const { brokers, tls, sasl } = settings.kafka;
  const { maxRecordBytes, maxBatchBytes } = settings.input;
  return createKafka({
    brokers,
    clientId: settings.name,
    ssl: tls === undefined ? undefined : await tlsOptions(tls),
    sasl: sasl === undefined ? undefined : saslOptions(sasl),
    overrides: settings.kafkajs.client,
    limits: { recordBytes: maxRecordBytes, batchBytes: maxBatchBytes },
    logger,
  });
}

/** Builds the registry client of the configuration. */
export async function registryOf(
  settings: Settings,
  onFetch: (outcome: 'ok' | 'unknown' | 'unavailable') => void = () => undefined,
): Promise<ConfluentRegistry> {
  const { caFile, unknownIdRetryMs: _decoding, ...rest } = settings.schemaRegistry;
  return new ConfluentRegistry({
    ...rest,
    ca: await certificate(caFile, 'schemaRegistry.caFile'),
    onFetch,
  });
}

/**
 * At the start, a registry or a broker that does not answer is a problem of the configuration. The
 * program does not wait for it.
 */
export function asAtStart(problems: readonly Problem[]): Problem[] {
  return problems.map((problem) =>
    problem.code === 'REGISTRY_UNAVAILABLE'
      ? { ...problem, code: 'REGISTRY_UNREACHABLE' }
      : problem,
  );
}

/** Work at the start. Its problems get the codes that they have at the start. */
export async function atStart<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof ScorerError
      ? new ScorerError(asAtStart(error.problems), { cause: error })
      : error;
  }
}

async function tlsOptions(tls: TlsSettings): Promise<ConnectionOptions | true> {
  if (tls === true) return true;
  const [ca, cert, key] = await Promise.all([
    certificate(tls.caFile, 'kafka.tls.caFile'),
    certificate(tls.certFile, 'kafka.tls.certFile'),
    certificate(tls.keyFile, 'kafka.tls.keyFile'),
  ]);
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

function saslOptions(sasl: SaslSettings): SASLOptions {
  if (sasl.mechanism !== 'oauthbearer') return sasl;
  const { token, tokenEndpoint, clientId, clientSecret, scope } = sasl;
  const provider = async (): Promise<{ value: string }> => ({
    value:
      token ??
      (await fetchToken({
        endpoint: tokenEndpoint!,
        clientId: clientId!,
        clientSecret: clientSecret!,
        scope,
      })),
  });
  return { mechanism: 'oauthbearer', oauthBearerProvider: provider };
}
