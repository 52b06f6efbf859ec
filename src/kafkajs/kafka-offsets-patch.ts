import type { Coordinator } from './kafka-group.ts';
import { inside } from './kafka-inside.ts';
import type { Patch } from './patch.ts';

interface Broker extends Pick<Coordinator, 'offsetFetch'> {
  txnOffsetCommit(request: { readonly transactionalId: string }): Promise<unknown>;
}

const took = new Map<string, Pick<Coordinator, 'offsetFetch'>>();

/**
 * Needed for the guarantee. kafkajs does not say which broker took the offsets of a transaction.
 * Only that one is known to coordinate the group: it has written them, and its replicas agreed.
 */
export const offsetsPatch: Patch = {
  about: 'which coordinator took the offsets of a transaction',
  neededFor: 'guarantee',
  install: () => {
    rememberCoordinator(inside<{ prototype: Broker }>('broker').prototype);
  },
};

/** The broker that took offsets of a transaction of this id last. */
export function tookOffsets(transactionalId: string): Pick<Coordinator, 'offsetFetch'> | undefined {
  return took.get(transactionalId);
}

/** The producer with this id is discarded. */
export function forgetOffsets(transactionalId: string): void {
  took.delete(transactionalId);
}

/** A separate function, so a test can patch its own broker. */
export function rememberCoordinator(prototype: Broker): void {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the broker as `this` below
  const { txnOffsetCommit } = prototype;
  prototype.txnOffsetCommit = async function commit(this: Broker, request) {
    const answer = await txnOffsetCommit.call(this, request);
    took.set(request.transactionalId, this);
    return answer;
  };
}
