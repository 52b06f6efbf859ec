import type { DeadCode } from '../flow/dead-code.ts';
import { Lru } from '../runtime/lru.ts';
import { Effort, Patience } from './patience.ts';
import type { SchemaKey } from './registry.ts';

/**
 * Why no record of a writer's schema can be decoded: the fate of each of them, with one message.
 */
export interface Unusable {
  readonly stage: 'decode' | 'map';
  readonly code: DeadCode;
  readonly message: string;
}

interface Bad {
  readonly writerPlan: Unusable;
  readonly until: number;
  /** How often the registry was asked for it. */
  readonly times: number;
}

/**
 * How long a bad id is not asked for again: this long after the first time, and twice as long each
 * time.
 */
export const BAD_ID_MS = 10_000;
const LONGEST_BAD_ID_MS = 600_000;

const MAX_BAD_IDS = 20_000;
/** The least time that requests for unknown ids may take before they are limited. */
const MIN_FRUITLESS_MS = 10_000;

/** How long the records of one partition wait for ids that may not exist. */
export interface Bounds {
  readonly partition: number;
  readonly patience: Patience;
  readonly effort: Effort;
}

/** An id that was not waited for as long as possible is bad in its partition only. */
type BadKey = SchemaKey | `${number}: ${SchemaKey}`;

/**
 * What the registry has said about useless ids of a topic, and how much longer the unknown ones are
 * waited for. It is kept by partition, so made-up ids in one partition take no time from a new id
 * in another. It is independent of the reader's schema, so it stays when new plans are made.
 */
export class BadIds {
  readonly #unknownIdRetryMs: number;
  readonly #bad = new Lru<BadKey, Bad>(MAX_BAD_IDS);
  readonly #bounds = new Map<number, Bounds>();

  constructor(unknownIdRetryMs: number) {
    this.#unknownIdRetryMs = unknownIdRetryMs;
  }

  boundsOf(partition: number): Bounds {
    let bounds = this.#bounds.get(partition);
    if (bounds === undefined) {
      const effortMs = Math.max(this.#unknownIdRetryMs, MIN_FRUITLESS_MS);
      bounds = {
        partition,
        patience: new Patience(this.#unknownIdRetryMs),
        effort: new Effort(effortMs),
      };
      this.#bounds.set(partition, bounds);
    }
    return bounds;
  }

  /**
   * What is known about an id. `expired` if it is time to ask again, undefined if nothing is known.
   */
  get(key: SchemaKey, bounds: Bounds, now: number): Unusable | 'expired' | undefined {
    const bad = this.#find(key, bounds);
    if (bad === undefined) return undefined;
    return bad.until < now ? 'expired' : bad.writerPlan;
  }

  /** The last verdict on an id, expired or not. */
  last(key: SchemaKey, bounds: Bounds): Unusable | undefined {
    return this.#find(key, bounds)?.writerPlan;
  }

  /** How often the registry has been asked for a bad id. */
  times(key: SchemaKey, bounds: Bounds): number {
    return this.#find(key, bounds)?.times ?? 0;
  }

  /** The registry has refused an id once more. */
  refused(
    key: SchemaKey,
    bounds: Bounds,
    writerPlan: Unusable,
    everywhere: boolean,
    now: number,
  ): void {
    const times = this.times(key, bounds) + 1;
    const until = now + Math.min(BAD_ID_MS * 2 ** (times - 1), LONGEST_BAD_ID_MS);
    const global = everywhere || this.#bad.get(key) !== undefined;
    this.#bad.set(global ? key : hereAlone(key, bounds), { writerPlan, until, times });
  }

  good(key: SchemaKey, now: number): void {
    this.#bad.delete(key);
    for (const bounds of this.#bounds.values()) {
      bounds.patience.found(key, now);
      this.#bad.delete(hereAlone(key, bounds));
    }
  }

  #find(key: SchemaKey, bounds: Bounds): Bad | undefined {
    return this.#bad.get(key) ?? this.#bad.get(hereAlone(key, bounds));
  }
}

function hereAlone(key: SchemaKey, { partition }: Bounds): BadKey {
  return `${partition}: ${key}`;
}
