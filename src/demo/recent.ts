/** The values since the last call, up to a limit. */
const MOST = 100_000;

export class Recent {
  #values: number[] = [];

  add(value: number): void {
    if (this.#values.length < MOST) this.#values.push(value);
  }

  /**
   * Median and 99th percentile (nearest rank) of the values since the last call; NaN without any.
   */
  take(): { readonly p50: number; readonly p99: number } {
    const sorted = Float64Array.from(this.#values).sort();
    this.#values = [];
    const rank = (share: number): number => sorted[Math.ceil(sorted.length * share) - 1] ?? NaN;
    return { p50: rank(0.5), p99: rank(0.99) };
  }
}
