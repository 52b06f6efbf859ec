import { VALUE } from '../flow/events.ts';
import { HASHED_ALONE } from '../flow/text-hash.ts';
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
    for (let row = 0; row < codes.length; row++) {
      if (state[row] !== VALUE) continue;
      const place = 4 * row;
      const [start, end] = [places[place + 1]!, places[place + 2]!];
      const hash = places[place + 3]!;
      const bytes = blocks[places[place]!]!;
      const known = this.#find(hash, bytes, start, end);
      codes[row] = known < 0 ? this.#learn(hash, bytes, start, end) : this.#codes[known]!;
    }
  }

  /** Where a text is remembered; -1: nowhere. */
  #find(hash: number, bytes: Buffer, start: number, end: number): number {
    const [hashes, lengths] = [this.#hashes, this.#lengths];
    const length = end - start;
    const first = (hash & (PLACES - 1)) * WAYS;
    for (let at = first; at < first + WAYS; at++)
      if (
        hashes[at] === hash &&
        lengths[at] === length &&
        (length <= HASHED_ALONE || this.#isSame(at * LONGEST, bytes, start, end))
      )
        return at;
    return -1;
  }

  #isSame(at: number, bytes: Buffer, start: number, end: number): boolean {
    const known = this.#bytes;
    for (let i = start; i < end; i++, at++) if (known[at] !== bytes[i]) return false;
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
    this.#codes[at] = code;
    return code;
  }
}
