import { availableParallelism } from 'node:os';
import { decisionNames } from '../flow/policy-settings.ts';
import type { Unsupported } from './unsupported.ts';
import type { Settings } from './settings.ts';

type Odd = Partial<Pick<Settings, 'kafka' | 'schemaRegistry' | 'model' | 'decision'>> & {
  readonly inference: Pick<Settings['inference'], 'workers' | 'threads'>;
};

/** Values that are valid, but probably not intended. */
export function configWarnings(
  settings: Odd,
  processes = 1,
  cores = availableParallelism(),
): Unsupported[] {
  return [
    ...crowded(settings, processes, cores),
    ...readable(settings),
    ...withoutEffect(settings),
    ...unusual(settings),
  ];
}

/** In the event loop, nothing can end a model that hangs or crashes but the program itself. */
function withoutEffect({ inference: { workers }, model }: Odd): Unsupported[] {
  const given = model?.onFailure;
  if (workers > 0 || (given !== 'wait' && typeof given !== 'object')) return [];
  const what =
    'with inference.workers: 0, a model that hangs or crashes ends the program; set inference.workers to 1 or more';
  return [{ path: 'model.onFailure', what }];
}

/** Consumers may not know a decision that the policy never makes. */
function unusual({ model, decision }: Odd): Unsupported[] {
  const given = model?.onFailure;
  if (typeof given !== 'object' || decision === undefined) return [];
  const names = decisionNames(decision);
  if (names.includes(given.decision)) return [];
  const what = `the policy never decides ${given.decision}; its decisions are ${names.join(', ')}`;
  return [{ path: 'model.onFailure.decision', what }];
}

/** More threads that compute at the same time than there are cores. */
function crowded(
  { inference: { workers, threads } }: Odd,
  processes: number,
  cores: number,
): Unsupported[] {
  const computing = processes * Math.max(workers, 1) * threads;
  if (computing <= cores) return [];
  const parts = [
    ...(processes > 1 ? [`${processes} processes`] : []),
    ...(workers > 0 ? [`${workers} worker processes`] : []),
    ...(threads > 1 ? [`${threads} threads of ONNX Runtime`] : []),
  ];
  const path =
    workers > 1 ? 'inference.workers' : threads > 1 ? 'inference.threads' : '--processes';
  return [{ path, what: `${parts.join(' with ')} compete for ${cores} cores` }];
}

/**
 * Credentials that others on the network could read. Nobody else is on the network within this
 * machine.
 */
function readable({ kafka, schemaRegistry, model }: Odd): Unsupported[] {
  const found: Unsupported[] = [];
  if (kafka?.sasl !== undefined && kafka.tls === undefined && !kafka.brokers.every(isLocalBroker)) {
    const what = `${kafka.sasl.mechanism} without kafka.tls: credentials and records are sent unencrypted to brokers on other machines`;
    found.push({ path: 'kafka.sasl', what });
  }
  const endpoint = kafka?.sasl?.mechanism === 'oauthbearer' ? kafka.sasl.tokenEndpoint : undefined;
  if (endpoint !== undefined && isReadableUrl(endpoint)) {
    found.push({
      path: 'kafka.sasl.tokenEndpoint',
      what: 'is http://: clientSecret and tokens are sent unencrypted to another machine',
    });
  }
  if (schemaRegistry?.password !== undefined && isReadableUrl(schemaRegistry.url)) {
    found.push({
      path: 'schemaRegistry.url',
      what: 'is http://: the password is sent unencrypted to another machine',
    });
  }
  const key = model?.registryUri === undefined ? 'source' : 'registryUri';
  const address = model?.[key] ?? '';
  if (model?.credentials !== undefined && address !== '' && isReadableUrl(address)) {
    found.push({
      path: `model.${key}`,
      what: 'is http://: the credentials are sent unencrypted to another machine',
    });
  }
  return found;
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/i;

function isLocalBroker(broker: string): boolean {
  return LOOPBACK.test(broker.slice(0, broker.lastIndexOf(':')));
}

function isReadableUrl(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && !LOOPBACK.test(hostname);
}
