import { setTimeout as sleep } from 'node:timers/promises';

export interface TakeoverOptions {
  /** Asks the scorer to let the challenger take over. */
  readonly promote: () => Promise<void>;
  /** The version that decides then. */
  readonly version: string;
  /** The version that decides now; undefined if the scorer does not say. */
  readonly champion: () => Promise<string | undefined>;
  /** After how many events it is asked. */
  readonly after: number;
  /** How many events are sent before the version decides, at most. */
  readonly holdAt: number;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  /** Called if the configuration cannot be written. */
  readonly failed: (reason: unknown) => void;
  /** ms */
  readonly patience?: number;
}

const POLL_MS = 100;
/** A scorer that refuses the version says why in its log; the demo then ends without it. */
const PATIENCE_MS = 60_000;

/**
 * Lets the challenger take over while events are sent. A demo that ends soon holds its last events
 * back until then: on a slow machine, they would all be over before it.
 */
export class Takeover {
  readonly #options: TakeoverOptions;
  #asked: Promise<void> | undefined;
  #over = false;

  constructor(options: TakeoverOptions) {
    this.#options = options;
  }

  /** Called after each write with the events so far. What it returns holds the next ones back. */
  sent(events: number): Promise<void> | undefined {
    const { promote, after, holdAt, failed } = this.#options;
    if (events < after || this.#over) return undefined;
    this.#asked ??= promote().catch(failed);
    if (events < holdAt) return undefined;
    this.#over = true;
    return this.#asked.then(() => this.#taken());
  }

  async #taken(): Promise<void> {
    const { champion, version, say, signal, patience = PATIENCE_MS } = this.#options;
    const until = performance.now() + patience;
    let said = false;
    while ((await champion()) !== version && !signal.aborted) {
      if (performance.now() > until) {
        say(`version ${version} has not taken over; the demo goes on without it`);
        return;
      }
      if (!said) say(`waiting until version ${version} of the model takes over`);
      said = true;
      await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}
