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

/** Transactional ids whose producers are initialised and not in doubt. */
const settled = new Set<string>();

/**
 * Needed for speed. kafkajs looks up the coordinators four times per transaction, with a round trip
 * each. Here the cluster object of a producer remembers them after `keepCoordinators`. A
 * coordinator that has moved answers NOT_COORDINATOR. A producer is discarded after any failure,
 * and its memory with it.
 */
export const coordinatorPatch: Patch = {
  about: 'it looks up coordinators four times per transaction',
  neededFor: 'speed',
  install: () => {
    rememberCoordinators(inside<{ prototype: Cluster }>('cluster').prototype);
  },
};

/** From now on the coordinators of this producer and of its group are looked up only once. */
export function keepCoordinators(transactionalId: string): void {
  settled.add(transactionalId);
}

/** From now on they are looked up each time. */
export function forgetCoordinators(transactionalId: string): void {
  settled.delete(transactionalId);
}

/** A separate function, so a test can patch its own cluster object. */
export function rememberCoordinators(prototype: Cluster): void {
  const known = new WeakMap<Cluster, { transactionalId: string; nodes: Map<string, number> }>();
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the cluster as `this` below
  const { findGroupCoordinator } = prototype;
  prototype.findGroupCoordinator = async function find(this: Cluster, lookup: Lookup) {
    // A producer has its own cluster object, and looks up the coordinator of its transactions
    // first.
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
