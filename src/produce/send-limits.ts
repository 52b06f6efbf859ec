/** Below the broker's default limit of about 1 MB a batch. */
const SEND_BYTES = 700_000;
const MIN_SEND_BYTES = 1024;

/**
 * So often a send has to end with a cut connection, while the cluster answers, until it is taken
 * for too large.
 */
const CUTS = 2;
/** No broker cuts a connection because of less: every one takes requests of its default batch. */
const MIN_CUT_BYTES = 1_000_000;

/**
 * What was learned of topics: how much fits into a send. Shared by sinks that come and go, so that
 * none learns it anew.
 */
export class SendLimits {
  readonly #bytes = new Map<string, number>();
  readonly #cuts = new Map<string, number>();

  /** What fits into one send. */
  of(topic: string): number {
    return this.#bytes.get(topic) ?? SEND_BYTES;
  }

  /**
   * The broker refused a send of so many bytes. The limit never falls below half of it: one record
   * too large, however deep it is looked for, leaves room for as much as fits.
   */
  refused(topic: string, bytes: number): void {
    this.#bytes.set(topic, Math.min(this.of(topic), Math.max(bytes >>> 1, MIN_SEND_BYTES)));
  }

  /**
   * A send of so many bytes ended with a cut connection, which is how a broker answers requests
   * that are too large for it.
   */
  cut(topic: string, bytes: number): void {
    if (bytes < MIN_CUT_BYTES) return;
    const key = `${topic} ${bytes}`;
    this.#cuts.set(key, (this.#cuts.get(key) ?? 0) + 1);
  }

  /**
   * Whether a send of so many bytes was cut so often that it is not tried again. Forgets it, for it
   * may have been an outage.
   */
  isTooLarge(topic: string, bytes: number): boolean {
    const key = `${topic} ${bytes}`;
    return (this.#cuts.get(key) ?? 0) >= CUTS && this.#cuts.delete(key);
  }
}
