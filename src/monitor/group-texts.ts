import { VALUE } from '../flow/events.ts';
import type { Utf8Column } from '../flow/utf8-column.ts';
import type { BoundedNames } from './names.ts';

/** So many texts are remembered, the last one of each place. */
const PLACES = 256;
/** Longer ones are no names of groups, and are not remembered. */
const LONGEST = 64;

/** Finds the numbers of groups by the bytes of their names. The number of a name never changes. */
export class GroupTexts {
  readonly #names: BoundedNames;
  readonly #texts: (Buffer | undefined)[] = Array.from({ length: PLACES });
  readonly #hashes = new Int32Array(PLACES);
  readonly #codes = new Uint8Array(PLACES);

  constructor(names: BoundedNames) {
    this.#names = names;
  }

  /** Writes the number of each row that has a text. */
  read({ state, places, blocks }: Utf8Column, codes: Uint8Array): void {
    const hashes = this.#hashes;
    for (let row = 0; row < codes.length; row++) {
      if (state[row] !== VALUE) continue;
      const place = 4 * row;
      const [start, end] = [places[place + 1]!, places[place + 2]!];
      const hash = places[place + 3]!;
      const bytes = blocks[places[place]!]!;
      const at = hash & (PLACES - 1);
      const known = this.#texts[at];
      codes[row] =
        known !== undefined && hashes[at] === hash && isSame(known, bytes, start, end)
          ? this.#codes[at]!
          : this.#learn(hash, bytes, start, end);
    }
  }

  #learn(hash: number, bytes: Buffer, start: number, end: number): number {
    const code = this.#names.code(bytes.toString('utf8', start, end));
    if (end - start > LONGEST) return code;
    const at = hash & (PLACES - 1);
    this.#texts[at] = Buffer.from(bytes.subarray(start, end));
    this.#hashes[at] = hash;
    this.#codes[at] = code;
    return code;
  }
}

function isSame(text: Buffer, bytes: Buffer, start: number, end: number): boolean {
  if (text.length !== end - start) return false;
  for (let i = 0; i < text.length; i++) if (text[i] !== bytes[start + i]) return false;
  return true;
}
