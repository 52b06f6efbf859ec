import {
  forgetCoordinators,
  keepCoordinators,
  rememberCoordinators,
} from '../../../src/kafkajs/kafka-coordinator-patch.ts';
import {
  oneAfterAnother,
  whenMarkersAreWritten,
} from '../../../src/kafkajs/kafka-transaction-patch.ts';
import { everythingReady } from '../../support/settled.ts';

const GROUP = { groupId: 'g', coordinatorType: 0 };
const TRANSACTION = { groupId: 'g-in-0', coordinatorType: 1 };

/**
 * A patched class of clusters that count what they are asked; node 7 coordinates everything until
 * it moves.
 */
function clusters() {
  class FakeCluster {
    lookups = 0;
    node = 7;
    findGroupCoordinator(_lookup: {
      groupId: string;
      coordinatorType?: number;
    }): Promise<{ nodeId: number }> {
      this.lookups++;
      return Promise.resolve({ nodeId: this.node });
    }
    findBroker({ nodeId }: { nodeId: number }): Promise<{ nodeId: number }> {
      return Promise.resolve({ nodeId });
    }
  }
  rememberCoordinators(FakeCluster.prototype);
  return FakeCluster;
}

describe('the coordinators of a transactional producer', () => {
  afterEach(() => {
    forgetCoordinators(TRANSACTION.groupId);
  });

  it('are asked for each time until the producer is initialised, and once from then on', async () => {
    const cluster = new (clusters())();
    for (let i = 0; i < 3; i++) await cluster.findGroupCoordinator(TRANSACTION);
    expect(cluster.lookups).toBe(3);
    keepCoordinators(TRANSACTION.groupId);
    for (let i = 0; i < 3; i++) {
      expect(await cluster.findGroupCoordinator(TRANSACTION)).toEqual({ nodeId: 7 });
      expect(await cluster.findGroupCoordinator(GROUP)).toEqual({ nodeId: 7 });
    }
    expect(cluster.lookups).toBe(5);
  });

  it('are asked for anew by the next producer with the id', async () => {
    const Cluster = clusters();
    const first = new Cluster();
    await first.findGroupCoordinator(TRANSACTION);
    keepCoordinators(TRANSACTION.groupId);
    await first.findGroupCoordinator(TRANSACTION);
    forgetCoordinators(TRANSACTION.groupId);
    const second = new Cluster();
    second.node = 8;
    expect(await second.findGroupCoordinator(TRANSACTION)).toEqual({ nodeId: 8 });
    keepCoordinators(TRANSACTION.groupId);
    expect(await second.findGroupCoordinator(TRANSACTION)).toEqual({ nodeId: 8 });
  });

  it('of a consumer are always asked for: it has no producer to throw away when they move', async () => {
    const cluster = new (clusters())();
    keepCoordinators(TRANSACTION.groupId);
    for (let i = 0; i < 3; i++) await cluster.findGroupCoordinator(GROUP);
    expect(cluster.lookups).toBe(3);
  });
});

describe('requests that change a transaction', () => {
  function broker(answers: (Error | undefined)[]) {
    const said: string[] = [];
    const held: PromiseWithResolvers<undefined>[] = [];
    class FakeBroker {
      hold = false;
      async addPartitionsToTxn({ transactionalId }: { transactionalId: string }): Promise<void> {
        await this.#answer(`partitions ${transactionalId}`);
      }
      async addOffsetsToTxn({ transactionalId }: { transactionalId: string }): Promise<void> {
        await this.#answer(`offsets ${transactionalId}`);
      }
      async #answer(what: string): Promise<void> {
        said.push(what);
        if (this.hold) {
          const gate = Promise.withResolvers<undefined>();
          held.push(gate);
          await gate.promise;
        }
        const error = answers.shift();
        if (error !== undefined) throw error;
      }
    }
    oneAfterAnother(FakeBroker.prototype);
    return { broker: new FakeBroker(), said, held };
  }
  const failed = (type: string): Error => Object.assign(new Error(type), { type });

  it('follow each other for one transactional id, and not for two', async () => {
    const { broker: node, said, held } = broker([]);
    node.hold = true;
    const all = [
      node.addPartitionsToTxn({ transactionalId: 'a' }),
      node.addOffsetsToTxn({ transactionalId: 'a' }),
      node.addOffsetsToTxn({ transactionalId: 'b' }),
    ];
    await everythingReady();
    expect(said).toEqual(['partitions a', 'offsets b']);
    held[0]!.resolve(undefined);
    await everythingReady();
    expect(said).toEqual(['partitions a', 'offsets b', 'offsets a']);
    for (const gate of held) gate.resolve(undefined);
    await Promise.all(all);
  });

  it.each(['addPartitionsToTxn', 'addOffsetsToTxn'] as const)(
    '%s waits while markers are written',
    async (name) => {
      const markers = failed('CONCURRENT_TRANSACTIONS');
      const { broker: node, said } = broker([markers, markers, undefined]);
      await node[name]({ transactionalId: 'a' });
      expect(said).toHaveLength(3);
    },
  );

  it('are given up for good where the markers do not get written', async () => {
    let asked = 0;
    const ask = (): Promise<never> => {
      asked++;
      return Promise.reject(Object.assign(failed('CONCURRENT_TRANSACTIONS'), { retriable: true }));
    };
    await expect(whenMarkersAreWritten(ask, 5, () => 2 * asked)).rejects.toMatchObject({
      type: 'CONCURRENT_TRANSACTIONS',
      retriable: false,
    });
    expect(asked).toBe(3); // at 2, 4 and 6 ms of the clock
  });

  it('tell any other error at once, and the next one is sent all the same', async () => {
    const { broker: node, said } = broker([failed('INVALID_PRODUCER_EPOCH'), undefined]);
    const first = node.addPartitionsToTxn({ transactionalId: 'a' });
    const second = node.addOffsetsToTxn({ transactionalId: 'a' });
    await expect(first).rejects.toThrow('INVALID_PRODUCER_EPOCH');
    await second;
    expect(said).toEqual(['partitions a', 'offsets a']);
  });
});
