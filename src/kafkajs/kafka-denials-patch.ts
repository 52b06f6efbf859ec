import { createRequire } from 'node:module';

interface Lookup {
  readonly groupId: string;
  readonly coordinatorType?: number;
}

interface Cluster {
  findGroupCoordinator(lookup: Lookup): Promise<unknown>;
  readonly brokerPool: {
    findConnectedBroker(): Promise<{ findGroupCoordinator(lookup: Lookup): Promise<unknown> }>;
  };
}

const NOT_FOUND = 'KafkaJSGroupCoordinatorNotFound';

let done = false;

/**
 * kafkajs swallows why no coordinator is found, and takes that for an error that no retry mends: a
 * broker that shuts down in good order ended the consumer. Here a broker is asked once more,
 * directly: its denial is thrown under its own name, and everything else passes.
 */
export function nameDenials(): void {
  if (done) return;
  done = true;
  const require = createRequire(import.meta.url);
  nameDenialsOf((require('kafkajs/src/cluster') as { prototype: Cluster }).prototype);
}

/** Separate, so that a test can patch a cluster of its own making. */
export function nameDenialsOf(prototype: Cluster): void {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the cluster as `this` below
  const { findGroupCoordinator } = prototype;
  prototype.findGroupCoordinator = async function find(this: Cluster, lookup: Lookup) {
    try {
      return await findGroupCoordinator.call(this, lookup);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      const { groupId, coordinatorType = 0 } = lookup;
      try {
        await (
          await this.brokerPool.findConnectedBroker()
        ).findGroupCoordinator({ groupId, coordinatorType });
      } catch (reason) {
        if (isDenial(reason)) throw reason;
      }
      throw passing(error);
    }
  };
}

/**
 * The innermost error says whether kafkajs tries again, and whether it starts a consumer again that
 * it has ended.
 */
export function passing(error: unknown): unknown {
  let at = error;
  while (at instanceof Error && at.cause instanceof Error) at = at.cause;
  return at instanceof Error ? (Object.assign(at, { retriable: true }), error) : error;
}

function isNotFound(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if (at.name === NOT_FOUND) return true;
  return false;
}

/**
 * The broker's name for an error; kafkajs wraps it without the name when its own retries have
 * ended.
 */
export function typeOf(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { type } = at as { type?: unknown };
    if (typeof type === 'string') return type;
  }
  return undefined;
}

/** Whether the broker says that something is not allowed, which no retry changes. */
export function isDenial(error: unknown): boolean {
  return typeOf(error)?.endsWith('AUTHORIZATION_FAILED') === true;
}
