import { VALUE } from '../flow/events.ts';
import { HASHED_ALONE, HASHED_WITH_FIRST } from '../flow/text-hash.ts';
import type { Utf8Column } from '../flow/utf8-column.ts';
import type { BoundedNames } from './names.ts';

/** So many texts are remembered for each of so many places. */
const WAYS = 4;
const PLACES = 256;
/** Longer ones are no names of groups, and are not remembered. */
const LONGEST = 64;

/** Finds the numbers of groups by the bytes of their names. The number of a name never changes. */
export class GroupTexts {
  readonly #names: Pick<BoundedNames, 'code'>;
  readonly #bytes = new Uint8Array(PLACES * WAYS * LONGEST);
  readonly #hashes = new Int32Array(PLACES * WAYS);
  /** The first four bytes of longer texts. */
  readonly #firsts = new Int32Array(PLACES * WAYS);
  /** Of texts; -1 where there is none. */
  readonly #lengths = new Int8Array(PLACES * WAYS).fill(-1);
  readonly #codes = new Uint8Array(PLACES * WAYS);
  /** By place: where the next text goes. */
  readonly #next = new Uint8Array(PLACES);

  constructor(names: Pick<BoundedNames, 'code'>) {
    this.#names = names;
  }

  /** Writes the number of each row that has a text. */
  read({ state, places, blocks }: Utf8Column, codes: Uint8Array): void {
    const [hashes, lengths, firsts, known] = [
      this.#hashes,
      this.#lengths,
      this.#firsts,
      this.#codes,
    ];
    let bytes = NO_BYTES;
    let open = -1; // the block of `bytes`
    for (let row = 0, place = 0; row < codes.length; row++, place += 4) {
      if (state[row] !== VALUE) continue;
      const block = places[place]!;
      const start = places[place + 1]!;
      const length = places[place + 2]! - start;
      const hash = places[place + 3]!;
      if (block !== open) {
        bytes = blocks[block]!;
        open = block;
      }
      // Most are where they were learned first. A short one is known by its hash, a longer one by
      // its hash and its first word.
      const at = (hash & (PLACES - 1)) * WAYS;
      const isKnown =
        hashes[at] === hash &&
        lengths[at] === length &&
        (length <= HASHED_ALONE ||
          (length <= HASHED_WITH_FIRST && firsts[at] === firstWord(bytes, start)));
      codes[row] = isKnown ? known[at]! : this.#codeOf(hash, bytes, start, length);
    }
  }

  /** The number of a text, which is remembered from now on. */
  #codeOf(hash: number, bytes: Buffer, start: number, length: number): number {
    const [hashes, lengths] = [this.#hashes, this.#lengths];
    const first = (hash & (PLACES - 1)) * WAYS;
    for (let at = first; at < first + WAYS; at++)
      if (
        hashes[at] === hash &&
        lengths[at] === length &&
        (length <= HASHED_ALONE || this.#isSame(at * LONGEST, bytes, start, length))
      )
        return this.#codes[at]!;
    return this.#learn(hash, bytes, start, start + length);
  }

  #isSame(at: number, bytes: Buffer, start: number, length: number): boolean {
    const known = this.#bytes;
    for (let i = 0; i < length; i++) if (known[at + i] !== bytes[start + i]) return false;
    return true;
  }

  #learn(hash: number, bytes: Buffer, start: number, end: number): number {
    const code = this.#names.code(bytes.toString('utf8', start, end));
    if (end - start > LONGEST) return code;
    const place = hash & (PLACES - 1);
    const way = this.#next[place]!;
    this.#next[place] = (way + 1) % WAYS;
    const at = place * WAYS + way;
    this.#bytes.set(bytes.subarray(start, end), at * LONGEST);
    this.#hashes[at] = hash;
    this.#lengths[at] = end - start;
    if (end - start > HASHED_ALONE) this.#firsts[at] = firstWord(bytes, start);
    this.#codes[at] = code;
    return code;
  }
}

const NO_BYTES: Buffer = Buffer.alloc(0);

const firstWord = (bytes: Buffer, start: number): number =>
  bytes[start]! | (bytes[start + 1]! << 8) | (bytes[start + 2]! << 16) | (bytes[start + 3]! << 24);
