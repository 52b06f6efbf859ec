/** Below the default limit of brokers of about 1 MB per batch. */
const SEND_BYTES = 700_000;
const MIN_SEND_BYTES = 1024;

/** A send counts as too large after this many closed connections, while the cluster answers. */
const CUTS = 2;
/**
 * No broker closes a connection because of a smaller request: every broker accepts requests of its
 * default batch size.
 */
const MIN_CUT_BYTES = 1_000_000;

/**
 * What is known about topics: how much fits into a send. Sinks share it, so a new sink need not
 * learn it again.
 */
export class SendLimits {
  readonly #bytes = new Map<string, number>();
  readonly #cuts = new Map<string, number>();

  /** The size that fits into one send. */
  of(topic: string): number {
    return this.#bytes.get(topic) ?? SEND_BYTES;
  }

  /**
   * The broker rejected a send of this many bytes. The limit never falls below half of it, so one
   * record that is too large does not reduce the limit further while it is searched.
   */
  refused(topic: string, bytes: number): void {
    this.#bytes.set(topic, Math.min(this.of(topic), Math.max(bytes >>> 1, MIN_SEND_BYTES)));
  }

  /**
   * A send of this many bytes ended with a closed connection, which is how a broker answers
   * requests that are too large for it.
   */
  cut(topic: string, bytes: number): void {
    if (bytes < MIN_CUT_BYTES) return;
    const key = `${topic} ${bytes}`;
    this.#cuts.set(key, (this.#cuts.get(key) ?? 0) + 1);
  }

  /**
   * Whether a send of this many bytes failed so often that it is not tried again. Then forgets it,
   * because it may have been an outage.
   */
  isTooLarge(topic: string, bytes: number): boolean {
    const key = `${topic} ${bytes}`;
    return (this.#cuts.get(key) ?? 0) >= CUTS && this.#cuts.delete(key);
  }
}
