/** Bits of the filter for each slot of the table, which has two to eight slots for a key. */
const BITS_PER_SLOT = 2;
const BITS = 32;

/**
 * Tells most keys that are not in a table, and never one that is: a Bloom filter whose bits of one key are
 * in one word (Putze, Sanders and Singler 2007), so that a key costs one access. It is a quarter of the table's
 * tags, and what is read so often has to stay in the processor's cache.
 */
export class KeyFilter {
  readonly #words: Int32Array;

  /** `slots`: of the table, a power of two. */
  constructor(slots: number) {
    this.#words = new Int32Array(Math.max(1, (slots * BITS_PER_SLOT) / BITS));
  }

  get bytes(): number {
    return this.#words.byteLength;
  }

  add(hash: number): void {
    this.#words[hash & (this.#words.length - 1)]! |= bitsOf(hash);
  }

  /**
   * Lists the rows of which the key may be in the table, by the hashes of a column's `places`. Nothing
   * waits for what is read, so the processor reads many words at the same time. Returns how many.
   * `into` is one longer than the rows.
   */
  list(places: Int32Array, rows: number, into: Int32Array): number {
    const words = this.#words;
    const mask = words.length - 1;
    let count = 0;
    for (let row = 0; row < rows; row++) {
      const hash = places[4 * row + 3]!;
      const bits = bitsOf(hash);
      into[count] = row;
      count += +((words[hash & mask]! & bits) === bits);
    }
    return count;
  }
}

/** Three of 32 bits; most of what chooses them does not choose the word. */
const bitsOf = (hash: number): number =>
  (1 << (hash >>> 27)) | (1 << (hash >>> 22)) | (1 << (hash >>> 17));
