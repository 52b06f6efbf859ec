const ROWS = 4;
const CELLS = 16_384;
const HOUR_MS = 3_600_000;
/** Different ones for each row of the table. */
const SALTS = [0x9e3779b1, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f] as const;

/**
 * How often each key was seen in the last one to two hours, in 128 KB: a count-min sketch. A count
 * is never too low. It is too high where many thousands of keys share its cells. All counts are
 * halved every hour.
 */
export class ProbeTable {
  readonly #counts = new Uint16Array(ROWS * CELLS);
  #hour: number | undefined;

  /** Adds one, and returns the count of the key. */
  add(hash: number, now: number): number {
    this.#age(Math.floor(now / HOUR_MS));
    let least = 65_535;
    for (let row = 0; row < ROWS; row++) {
      const place = row * CELLS + (Math.imul(hash ^ SALTS[row]!, SALTS[row]!) >>> 18);
      const count = this.#counts[place]!;
      if (count < 65_535) this.#counts[place] = count + 1;
      if (count + 1 < least) least = count + 1;
    }
    return least;
  }

  #age(hour: number): void {
    const passed = hour - (this.#hour ?? hour);
    this.#hour = hour;
    if (passed <= 0) return;
    for (let i = 0; i < this.#counts.length; i++) this.#counts[i]! >>>= Math.min(passed, 16);
  }
}
