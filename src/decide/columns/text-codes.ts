import { hashBytes, HASHED_ALONE } from '../../flow/text-hash.ts';
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

/** Codes by the hashes of their texts, and the bytes of these. */
class CodeTable {
  /** 0: free. */
  readonly #slots: Uint32Array;
  /** Whether each text has the slot of its hash, so that nobody has to look further. */
  readonly #direct: boolean;
  /** By code. */
  readonly #hashes: Int32Array;
  readonly #lengths: Int32Array;
  readonly #texts: readonly Buffer[];

  constructor(codes: ReadonlyMap<string, number>) {
    const count = FIRST + codes.size;
    this.#hashes = new Int32Array(count);
    this.#lengths = new Int32Array(count);
    const texts = new Array<Buffer>(count).fill(Buffer.alloc(0));
    const known: number[] = [];
    for (const [text, code] of codes) {
      // Bytes that are UTF-8 never have half of a surrogate pair.
      if (!text.isWellFormed()) continue;
      const bytes = Buffer.from(text);
      known.push(code);
      texts[code] = bytes;
      this.#lengths[code] = bytes.length;
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      this.#hashes[code] = hashBytes(view, 0, bytes.length);
    }
    this.#texts = texts;
    let size = 8;
    while (size < 4 * known.length) size *= 2;
    let direct = this.#placed(known, size);
    for (let larger = size; direct === undefined && larger <= MAX_DIRECT; larger *= 2)
      direct = this.#placed(known, larger);
    this.#direct = direct !== undefined;
    this.#slots = direct ?? this.#chained(known, size);
  }

  find(column: Utf8Column, rows: number, into: Uint32Array, seen: Uint8Array): void {
    if (!this.#direct) this.#findChained(column, rows, into, seen);
    else if (this.#findDirect(column, rows, into, seen)) {
      seen.fill(0);
      this.#check(column, rows, into, seen);
    }
  }

  /** Undefined if two texts have one slot. */
  #placed(codes: readonly number[], size: number): Uint32Array | undefined {
    const slots = new Uint32Array(size);
    for (const code of codes) {
      const slot = this.#hashes[code]! & (size - 1);
      if (slots[slot] !== 0) return undefined;
      slots[slot] = code;
    }
    return slots;
  }

  #chained(codes: readonly number[], size: number): Uint32Array {
    const slots = new Uint32Array(size);
    for (const code of codes) {
      let slot = this.#hashes[code]! & (size - 1);
      while (slots[slot] !== 0) slot = (slot + 1) & (size - 1);
      slots[slot] = code;
    }
    return slots;
  }

  /**
   * Without a branch that depends on a value, because a processor cannot predict it. Returns whether
   * a text that was found has to be compared: up to four bytes are one word, and the hash of one word
   * with the length is the word's alone.
   */
  #findDirect(
    { state, places }: Utf8Column,
    rows: number,
    into: Uint32Array,
    seen: Uint8Array,
  ): boolean {
    const slots = this.#slots;
    const hashes = this.#hashes;
    const lengths = this.#lengths;
    const mask = slots.length - 1;
    for (let row = 0, place = 0; row < rows; row++, place += 4) {
      const now = state[row]!;
      const hash = places[place + 3]!;
      const code = slots[hash & mask]!;
      const length = places[place + 2]! - places[place + 1]!;
      const found = +(hashes[code] === hash) & +(lengths[code] === length) & +(now === 0);
      const coded = code * found + now;
      into[row] = coded;
      seen[coded] = 1;
    }
    for (let code = FIRST; code < seen.length; code++)
      if (seen[code] === 1 && lengths[code]! > HASHED_ALONE) return true;
    return false;
  }

  /** Longer texts of the same hash and length may be others. */
  #check(column: Utf8Column, rows: number, into: Uint32Array, seen: Uint8Array): void {
    for (let row = 0; row < rows; row++) {
      const code = into[row]!;
      if (code >= FIRST && !this.#isText(code, column, row)) into[row] = OTHER_TEXT;
      seen[into[row]!] = 1;
    }
  }

  #findChained(column: Utf8Column, rows: number, into: Uint32Array, seen: Uint8Array): void {
    const { state, places } = column;
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let row = 0; row < rows; row++) {
      let code: number = state[row]!;
      if (code === 0) {
        const hash = places[4 * row + 3]!;
        let slot = hash & mask;
        code = slots[slot]!;
        while (code !== 0 && (this.#hashes[code] !== hash || !this.#isText(code, column, row))) {
          slot = (slot + 1) & mask;
          code = slots[slot]!;
        }
      }
      into[row] = code;
      seen[code] = 1;
    }
  }

  #isText(code: number, { places, blocks }: Utf8Column, row: number): boolean {
    const text = this.#texts[code]!;
    const place = 4 * row;
    const start = places[place + 1]!;
    if (places[place + 2]! - start !== text.length) return false;
    const bytes = blocks[places[place]!]!;
    for (let i = 0; i < text.length; i++) if (text[i] !== bytes[start + i]) return false;
    return true;
  }
}

/** Slots of the largest table in which every text has one of its own. */
const MAX_DIRECT = 2 ** 16;
