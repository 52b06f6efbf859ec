import { DEMO_WORLD } from './simulate/demo-world.ts';
import { simulate, type SimulatedTransaction } from './simulate/simulator.ts';

/**
 * Transactions of the demo's world, from the day on which every window has its history. A world
 * that runs out of days goes on with the next seed, under ids of its own. Undefined now and then on
 * the way through the days before, which take seconds: whoever draws can look at other things
 * meanwhile.
 *
 * `run` names one run of the program and is part of every id: the same seed makes the same
 * transactions, and an id that a topic holds already would be no new transaction.
 */
export function* warmTransactions(
  seed: number | undefined,
  most: number,
  run?: string,
  { skipDays, ...options } = DEMO_WORLD,
): Generator<SimulatedTransaction | undefined> {
  let left = most;
  for (let world = 0; left > 0; world++) {
    const from = options.start + skipDays * 86_400_000;
    const prefix = [run, world === 0 ? undefined : String(world)].filter(
      (part) => part !== undefined,
    );
    let skipped = 0;
    for (const transaction of simulate({ ...options, seed: (seed ?? options.seed) + world })) {
      if (transaction.event.eventTime < from) {
        if (++skipped % PAUSE_EVERY === 0) yield undefined;
        continue;
      }
      const id = [...prefix, transaction.event.transactionId].join('-');
      yield { ...transaction, event: { ...transaction.event, transactionId: id } };
      if (--left === 0) return;
    }
  }
}

/** A few milliseconds of work. */
const PAUSE_EVERY = 2000;

/** The same for those who want them all at once. */
export function allWarmTransactions(most: number): SimulatedTransaction[] {
  return [...warmTransactions(undefined, most)].filter((transaction) => transaction !== undefined);
}
