import type { SimulatorOptions } from './simulator.ts';

/**
 * The world of the demo: it begins at `skipDays`, when every window of the features has its history
 * (30 days, ending 7 days ago). Other people and other shops than those the models were trained on.
 */
export const DEMO_WORLD: SimulatorOptions & { readonly skipDays: number } = {
  seed: 2026,
  customers: 5000,
  terminals: 10_000,
  days: 100,
  start: Date.UTC(2026, 0, 1),
  skipDays: 37,
};
