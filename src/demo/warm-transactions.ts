import { DEMO_WORLD } from '../simulate/demo-world.ts';
import { simulate, type SimulatedTransaction } from '../simulate/simulator.ts';

/**
 * Transactions of the demo's world, from the day on which every window has its history. A world that runs out of days
 * goes on with the next seed, under ids of its own.
 */
export function* warmTransactions(seed = DEMO_WORLD.seed, most: number): Generator<SimulatedTransaction> {
  let left = most;
  for (let world = 0; left > 0; world++) {
    const { skipDays, ...options } = DEMO_WORLD;
    const from = options.start + skipDays * 86_400_000;
    for (const transaction of simulate({ ...options, seed: seed + world })) {
      if (transaction.event.eventTime < from) continue;
      const id = world === 0 ? transaction.event.transactionId : `${world}-${transaction.event.transactionId}`;
      yield { ...transaction, event: { ...transaction.event, transactionId: id } };
      if (--left === 0) return;
    }
  }
}
