import { isDenial, passing } from './kafka-errors.ts';
import { inside } from './kafka-inside.ts';
import type { Patch } from './patch.ts';

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

/**
 * Needed for correctness. kafkajs drops the reason why it found no coordinator, and takes that for
 * an error that no retry can solve: a broker that shuts down cleanly ended the consumer. Here a
 * broker is asked once more, directly. Its denial is thrown under its own name, and any other error
 * can be retried.
 */
export const denialsPatch: Patch = {
  about: 'the reason why a coordinator is not found',
  neededFor: 'correctness',
  install: () => {
    nameDenialsOf(inside<{ prototype: Cluster }>('cluster').prototype);
  },
};

/** A separate function, so a test can patch its own cluster object. */
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

function isNotFound(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if (at.name === NOT_FOUND) return true;
  return false;
}
