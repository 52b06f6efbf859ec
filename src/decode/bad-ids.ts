import { Lru } from '../runtime/lru.ts';
import { Effort, Patience } from './patience.ts';
import type { SchemaKey } from './registry.ts';

/** Why no record of a writer schema can be decoded: the fate of each of them, with one message. */
export interface Unusable {
  readonly stage: 'decode' | 'map';
  readonly code: string;
  readonly message: string;
}

interface Bad {
  readonly verdict: Unusable;
  readonly until: number;
  /** How often the registry was asked for it. */
  readonly times: number;
}

/** How long a bad id stays bad without asking again: so long after the first time, and twice as long each time. */
export const BAD_ID_MS = 10_000;
const LONGEST_BAD_ID_MS = 600_000;

const MOST_BAD_IDS = 20_000;
/** Asking for ids that are none takes so long at least before it is cut short. */
const LEAST_FRUITLESS_MS = 10_000;

/**
 * What the registry has said about ids that are of no use, and how long it is still waited for those that it does not know. It says
 * nothing about readers: it stays where programs are made anew for another one.
 */
export class BadIds {
  readonly patience: Patience;
  readonly effort: Effort;
  readonly #bad = new Lru<SchemaKey, Bad>(MOST_BAD_IDS);

  constructor(unknownIdRetryMs: number) {
    this.patience = new Patience(unknownIdRetryMs);
    this.effort = new Effort(Math.max(unknownIdRetryMs, LEAST_FRUITLESS_MS));
  }

  /** The verdict on an id; `expired` where it is time to ask again, undefined where nothing is known. */
  get(key: SchemaKey, now: number): Unusable | 'expired' | undefined {
    const bad = this.#bad.get(key);
    if (bad === undefined) return undefined;
    return bad.until < now ? 'expired' : bad.verdict;
  }

  /** How often the registry has been asked for a bad id. */
  times(key: SchemaKey): number {
    return this.#bad.get(key)?.times ?? 0;
  }

  /** The registry has refused an id once more. */
  refused(key: SchemaKey, verdict: Unusable, now: number): void {
    const times = this.times(key) + 1;
    this.#bad.set(key, { verdict, until: now + Math.min(BAD_ID_MS * 2 ** (times - 1), LONGEST_BAD_ID_MS), times });
  }

  good(key: SchemaKey, now: number): void {
    this.patience.found(key, now);
    this.#bad.delete(key);
  }
}
