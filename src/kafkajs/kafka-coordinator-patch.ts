import { TRANSACTION_COORDINATOR } from './kafka-cluster.ts';
import { inside } from './kafka-inside.ts';
import type { Patch } from './patch.ts';

interface Lookup {
  readonly groupId: string;
  readonly coordinatorType?: number;
}

interface Cluster {
  findGroupCoordinator(lookup: Lookup): Promise<{ readonly nodeId: number }>;
  findBroker(of: { readonly nodeId: number }): Promise<{ readonly nodeId: number }>;
}

/** Transactional ids whose producers are initialised and in no doubt. */
const settled = new Set<string>();

/**
 * Needed for speed. kafkajs asks for the coordinators with every transaction, four times, a round
 * trip each. Here a producer's cluster remembers them from `keepCoordinators` on. A coordinator that
 * has moved answers NOT_COORDINATOR, and a producer is thrown away after any failure, its memory
 * with it.
 */
export const coordinatorPatch: Patch = {
  about: 'it looks up coordinators four times per transaction',
  neededFor: 'speed',
  install: () => {
    rememberCoordinators(inside<{ prototype: Cluster }>('cluster').prototype);
  },
};

/** From now on the coordinators of this producer and of its group are asked for once. */
export function keepCoordinators(transactionalId: string): void {
  settled.add(transactionalId);
}

/** From now on they are asked for each time. */
export function forgetCoordinators(transactionalId: string): void {
  settled.delete(transactionalId);
}

/** Separate, so that a test can patch a cluster of its own making. */
export function rememberCoordinators(prototype: Cluster): void {
  const known = new WeakMap<Cluster, { transactionalId: string; nodes: Map<string, number> }>();
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the cluster as `this` below
  const { findGroupCoordinator } = prototype;
  prototype.findGroupCoordinator = async function find(this: Cluster, lookup: Lookup) {
    // A producer has a cluster of its own, and asks for the coordinator of its transactions first.
    if (
      lookup.coordinatorType === TRANSACTION_COORDINATOR &&
      known.get(this)?.transactionalId !== lookup.groupId
    ) {
      known.set(this, { transactionalId: lookup.groupId, nodes: new Map() });
    }
    const memory = known.get(this);
    if (memory === undefined || !settled.has(memory.transactionalId))
      return findGroupCoordinator.call(this, lookup);
    const key = `${lookup.coordinatorType ?? 0} ${lookup.groupId}`;
    const nodeId = memory.nodes.get(key);
    if (nodeId !== undefined) return this.findBroker({ nodeId });
    const broker = await findGroupCoordinator.call(this, lookup);
    memory.nodes.set(key, broker.nodeId);
    return broker;
  };
}
