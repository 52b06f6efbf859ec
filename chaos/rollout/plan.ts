import { Random } from '../../src/demo/simulate/random.ts';
import { shuffled } from '../schedule.ts';
import { BAD_GATES, type BadGate } from './bad-versions.ts';

/** How the replicas learn of a version: the newest folder, or its name in the configuration. */
export type Way = 'latest' | 'named';

export type Step =
  | { readonly kind: 'swap'; readonly way: Way }
  | { readonly kind: 'refused'; readonly way: Way; readonly gate: BadGate }
  | {
      readonly kind: 'kill -9 in a swap' | 'SIGTERM in a swap' | 'join in a swap';
      readonly way: Way;
      /** From the change of the files until it happens. */
      readonly waitMs: number;
      readonly pick: number;
    }
  | { readonly kind: 'leave'; readonly pick: number }
  | { readonly kind: 'half-copied' }
  | { readonly kind: 'moved twice' }
  | { readonly kind: 'back, warm' | 'back, cold' }
  | { readonly kind: 'canary' }
  | { readonly kind: 'canary that stops' }
  | { readonly kind: 'challenger' }
  | { readonly kind: 'policy' }
  | { readonly kind: 'policy of the same name' };

export type StepKind = Step['kind'];

const POLICIES = 3;
/** About what a replica needs to open a version. */
const OPENING_MS = 2000;
/** The swaps beside which something else happens, and the first one. */
export const LEAST_SWAPS = 6;

/**
 * The steps of a run in their order; the same seed gives the same ones. `swaps` versions take over,
 * five of them while something else happens. Each gate refuses one version. The replica that joins
 * leaves later. The challenger comes early, so that others take over beside it.
 */
export function planSteps(seed: number, swaps: number): Step[] {
  const random = new Random(seed);
  const way = (): Way => (random.next() < 0.5 ? 'latest' : 'named');
  const hit = (kind: 'kill -9 in a swap' | 'SIGTERM in a swap' | 'join in a swap'): Step => ({
    kind,
    way: way(),
    waitMs: Math.round(random.uniform(0, OPENING_MS)),
    pick: random.next(),
  });
  const steps: Step[] = [
    hit('kill -9 in a swap'),
    hit('SIGTERM in a swap'),
    { kind: 'half-copied' },
    { kind: 'moved twice' },
    { kind: 'canary' },
    { kind: 'canary that stops' },
    { kind: 'back, warm' },
    { kind: 'back, cold' },
    { kind: 'policy of the same name' },
    ...BAD_GATES.map((gate): Step => ({ kind: 'refused', way: way(), gate })),
    ...Array.from({ length: POLICIES }, (): Step => ({ kind: 'policy' })),
    ...Array.from({ length: swaps - LEAST_SWAPS }, (): Step => ({ kind: 'swap', way: way() })),
  ];
  const join = hit('join in a swap');
  const plan = shuffled(steps, random);
  const joins = random.index(plan.length);
  plan.splice(joins, 0, join);
  const leaves = joins + 1 + random.index(plan.length - joins);
  plan.splice(leaves, 0, { kind: 'leave', pick: random.next() });
  // there has to be a version to go back to, and swaps beside the challenger
  const early: Step[] = [{ kind: 'swap', way: way() }, { kind: 'challenger' }];
  return [...early, ...plan];
}
