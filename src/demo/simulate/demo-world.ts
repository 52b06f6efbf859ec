import type { SimulatorOptions } from './simulator.ts';

/**
 * The world of the demo. It begins at `skipDays`, when every window of the features has its history
 * (30 days, ending 7 days ago). Its people and shops are not those of the training data.
 */
export const DEMO_WORLD: SimulatorOptions & { readonly skipDays: number } = {
  seed: 2026,
  customers: 5000,
  terminals: 10_000,
  days: 100,
  start: Date.UTC(2026, 0, 1),
  skipDays: 37,
};
