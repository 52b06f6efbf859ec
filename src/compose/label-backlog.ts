export interface LabelBacklogOptions {
  /**
   * A time no later than that of the oldest event since the last call whose labels may be older than
   * those that are followed; undefined: there are none.
   */
  readonly take: () => number | undefined;
  /** Reads labels again, from a time on. */
  readonly replay: (from: number) => Promise<void>;
  readonly onProblem: (error: unknown) => void;
}

/** After so many looks, labels are read even if more such events come. */
const MAX_LOOKS = 10;

/**
 * Labels of events that waited: while the program was down, or from before its first start. Such
 * labels came earlier than labels are followed from, so they are read once these events are scored.
 * Until then, the figures of their days would lack labels that are there.
 */
export class LabelBacklog {
  readonly #options: LabelBacklogOptions;
  #from: number | undefined;
  /** Such events came since the last look. */
  #more = false;
  #looks = 0;

  constructor(options: LabelBacklogOptions) {
    this.#options = options;
  }

  /** Whether labels are still to be read, or events to come. */
  isWaiting(): boolean {
    this.#take();
    return this.#from !== undefined;
  }

  /** To be called from time to time. True: figures may be counted. */
  async look(): Promise<boolean> {
    const { replay, onProblem } = this.#options;
    this.#take();
    if (this.#more) {
      this.#more = false;
      if (++this.#looks < MAX_LOOKS) return false;
    }
    if (this.#from === undefined) return true;
    try {
      await replay(this.#from);
    } catch (error) {
      onProblem(error);
      return false;
    }
    this.#from = undefined;
    this.#looks = 0;
    return true;
  }

  #take(): void {
    const oldest = this.#options.take();
    if (oldest === undefined) return;
    this.#from = Math.min(this.#from ?? oldest, oldest);
    this.#more = true;
  }
}
