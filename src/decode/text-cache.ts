/**
 * Strings of one field that were read lately, found by their bytes. To make a string costs more than
 * to compare a short one, and fields such as a country have few values. If most values are new, the
 * cache is left alone for a while.
 */
export class TextCache {
  #texts: (string | undefined)[] | undefined;
  #asked = 0;
  #found = 0;
  /** So many reads do without it. */
  #rest = 0;

  /** The string of these bytes. Undefined if they are long, or not ASCII. */
  textOf(bytes: Buffer, start: number, end: number): string | undefined {
    const length = end - start;
    if (length > MAX_LENGTH) return undefined;
    let hash = length;
    let all = 0;
    for (let i = start; i < end; i++) {
      const byte = bytes[i]!;
      all |= byte;
      hash = Math.imul(hash, 31) + byte;
    }
    if (all > 0x7f) return undefined;
    if (this.#rest > 0) {
      this.#rest--;
      return bytes.toString('latin1', start, end);
    }
    if (this.#asked === PERIOD) {
      if (this.#found < PERIOD / 4) this.#rest = REST;
      this.#asked = 0;
      this.#found = 0;
    }
    this.#asked++;
    const texts = (this.#texts ??= new Array<undefined>(SIZE).fill(undefined));
    const place = (hash ^ (hash >>> 8)) & (SIZE - 1);
    const known = texts[place];
    if (known !== undefined && isText(known, bytes, start, length)) {
      this.#found++;
      return known;
    }
    return (texts[place] = bytes.toString('latin1', start, end));
  }
}

const MAX_LENGTH = 32;
const SIZE = 256;
const PERIOD = 1024;
const REST = 64 * PERIOD;

function isText(text: string, bytes: Buffer, start: number, length: number): boolean {
  if (text.length !== length) return false;
  for (let i = 0; i < length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false;
  return true;
}
