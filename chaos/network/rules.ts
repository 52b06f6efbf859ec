import { APIS, nameOf, type Api, type RequestHead } from './frames.ts';
import type { Direction, Rules, Treatment } from './treatment.ts';

/** One frame that is still to come is to be treated. */
export interface Armed {
  readonly direction: Direction;
  /** undefined: whichever comes first. */
  readonly api: Api | undefined;
  readonly treatment: Treatment;
}

export type Slow = Readonly<Partial<Record<Api, number>>>;

interface Waiting {
  armed: Armed;
  readonly fired: (api: string) => void;
}

/** What is armed for the connections of one replica; each hits one frame. */
export class ArmedRules implements Rules {
  readonly #waiting = new Set<Waiting>();
  readonly #slow: ReadonlyMap<number, number>;

  /**
   * `slow`: by how much every request of an API is late, ms; it makes room for what a held frame
   * may meet.
   */
  constructor(slow: Slow = {}) {
    this.#slow = new Map(Object.entries(slow).map(([api, ms]) => [APIS[api as Api], ms]));
  }

  treat(direction: Direction, { key }: RequestHead): Treatment | undefined {
    for (const waiting of this.#waiting) {
      const { armed, fired } = waiting;
      if (armed.direction !== direction || (armed.api !== undefined && APIS[armed.api] !== key))
        continue;
      this.#waiting.delete(waiting);
      fired(nameOf(key));
      return armed.treatment;
    }
    const ms = direction === 'request' ? this.#slow.get(key) : undefined;
    return ms === undefined ? undefined : { does: 'be overtaken', ms };
  }

  /** `fired` resolves with the request whose frame was hit. */
  arm(armed: Armed): {
    readonly fired: Promise<string>;
    readonly widen: () => void;
    readonly disarm: () => void;
  } {
    const { promise, resolve } = Promise.withResolvers<string>();
    const waiting: Waiting = { armed, fired: resolve };
    this.#waiting.add(waiting);
    return {
      fired: promise,
      widen: () => {
        waiting.armed = { ...waiting.armed, api: undefined };
      },
      disarm: () => {
        this.#waiting.delete(waiting);
      },
    };
  }
}
