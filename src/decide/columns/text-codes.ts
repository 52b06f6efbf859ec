import { hashBytes } from '../../flow/text-hash.ts';
import type { Utf8Column } from '../../flow/utf8-column.ts';

/** Codes of rows that have none of the strings: another one, or none. The codes of strings follow. */
export const OTHER_TEXT = 0;
const FIRST = 4;

/**
 * The strings that conditions compare one field with. The bytes of a value are looked up once per
 * event; then each condition looks up a small number instead of a string. A row without a value has
 * the state of the column as its code.
 */
export class TextCodes {
  readonly #codes = new Map<string, number>();
  #table: CodeTable | undefined;
  #of = new Uint32Array(0);
  #seen = new Uint8Array(FIRST);

  /** The code of a string that a condition names. */
  add(text: string): number {
    const known = this.#codes.get(text);
    if (known !== undefined) return known;
    const code = FIRST + this.#codes.size;
    this.#codes.set(text, code);
    this.#table = undefined;
    return code;
  }

  /** The codes of all rows, overwritten with the next batch. */
  of(column: Utf8Column, rows: number): Uint32Array {
    if (this.#of.length < rows) this.#of = new Uint32Array(rows);
    const table = (this.#table ??= new CodeTable(this.#codes));
    this.#seen = new Uint8Array(FIRST + this.#codes.size);
    table.find(column, rows, this.#of, this.#seen);
    return this.#of;
  }

  /** By code: whether a row of the last batch has it. */
  get seen(): Uint8Array {
    return this.#seen;
  }
}

/** Codes by the bytes of their texts, in a table at most a quarter full. */
class CodeTable {
  /** 0: free. */
  readonly #slots: Uint32Array;
  readonly #hashes: Int32Array;
  readonly #starts: Uint32Array;
  readonly #bytes: Buffer;

  constructor(codes: ReadonlyMap<string, number>) {
    // Bytes that are UTF-8 never have half of a surrogate pair.
    const texts = [...codes].filter(([text]) => text.isWellFormed());
    let size = 8;
    while (size < 4 * texts.length) size *= 2;
    const count = FIRST + codes.size;
    this.#slots = new Uint32Array(size);
    this.#hashes = new Int32Array(count);
    this.#starts = new Uint32Array(count + 1);
    this.#bytes = Buffer.from(texts.map(([text]) => text).join(''));
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.length);
    let end = 0;
    for (const [text, code] of texts) {
      const start = end;
      end += Buffer.byteLength(text);
      const hash = hashBytes(view, start, end);
      this.#hashes[code] = hash;
      this.#starts[code] = start;
      this.#starts[code + 1] = end;
      let slot = hash & (size - 1);
      while (this.#slots[slot] !== 0) slot = (slot + 1) & (size - 1);
      this.#slots[slot] = code;
    }
  }

  find(column: Utf8Column, rows: number, into: Uint32Array, seen: Uint8Array): void {
    const { state, places } = column;
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let row = 0; row < rows; row++) {
      let code: number = state[row]!;
      if (code === 0) {
        const hash = places[4 * row + 3]!;
        let slot = hash & mask;
        code = slots[slot]!;
        while (code !== 0 && !this.#is(code, hash, column, row)) {
          slot = (slot + 1) & mask;
          code = slots[slot]!;
        }
      }
      into[row] = code;
      seen[code] = 1;
    }
  }

  /** Up to four bytes are one word, and the hash of one word with the length is the word's alone. */
  #is(code: number, hash: number, { places, blocks }: Utf8Column, row: number): boolean {
    if (this.#hashes[code] !== hash) return false;
    const place = 4 * row;
    const own = this.#starts[code]!;
    const start = places[place + 1]!;
    const length = places[place + 2]! - start;
    if (this.#starts[code + 1]! - own !== length) return false;
    if (length <= 4) return true;
    const bytes = blocks[places[place]!]!;
    for (let i = 0; i < length; i++) if (this.#bytes[own + i] !== bytes[start + i]) return false;
    return true;
  }
}
