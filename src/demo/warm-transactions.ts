import { DEMO_WORLD } from './simulate/demo-world.ts';
import { simulate, type SimulatedTransaction } from './simulate/simulator.ts';

/**
 * Transactions of the world of the demo, from the day on which every window has its history. When
 * the days of a world end, the next seed continues, with its own ids. During the first days, which
 * take seconds, it sometimes yields undefined, so the caller can do other things. `run` identifies
 * one run of the program and is part of every id: the same seed makes the same transactions, and an
 * id that is already in the topic would not be a new transaction.
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

/** The same for callers that want all of them at once. */
export function allWarmTransactions(most: number): SimulatedTransaction[] {
  return [...warmTransactions(undefined, most)].filter((transaction) => transaction !== undefined);
}
