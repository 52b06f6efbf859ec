/** Random numbers from 0 to below 1 that follow from a seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Chooses a uniform sample of a stream of unknown length: the place of the next one in the sample,
 * or -1 if it is not in it (algorithm R).
 */
export class Reservoir {
  readonly size: number;
  readonly #random: () => number;
  #seen = 0;

  constructor(size: number, random: () => number) {
    this.size = size;
    this.#random = random;
  }

  get seen(): number {
    return this.#seen;
  }

  /** How many places are taken. */
  get taken(): number {
    return Math.min(this.#seen, this.size);
  }

  next(): number {
    const place = this.#seen++;
    if (place < this.size) return place;
    const drawn = Math.floor(this.#random() * this.#seen);
    return drawn < this.size ? drawn : -1;
  }
}
