import { hashBytes, HASHED_ALONE } from '../../flow/text-hash.ts';
import type { Utf8Column } from '../../flow/utf8-column.ts';
import { ABSENT_FIELD, OTHER_TYPE } from '../columns/vector.ts';

/** The bit of a text that a rule looks for, and of an error of the text. */
export const CLUE = 1;
export const ERROR = 1 << 30;
const FIRST_TEST = 1;
const MAX_TESTS = 29;
/** Slots of the largest table, and the bits of a hash that are left out at most. */
const MAX_SLOTS = 2 ** 12;
const MAX_SHIFT = 16;

/**
 * The answers of all that is asked of the texts of a column, as bits. Each string that is named has the
 * slot of its hash; `hashes`, `lengths` and `bits` are by slot. All other rows have the bits of their
 * state.
 */
export interface BitTable {
  /** The slot of a hash is `(hash >>> shift) & (hashes.length - 1)`. */
  readonly shift: number;
  readonly hashes: Int32Array;
  readonly lengths: Int32Array;
  readonly bits: Int32Array;
  readonly byState: Int32Array;
  /** There are only strings that a rule looks for, so that whatever is found is one. */
  readonly onlyClues: boolean;
  /** By slot: the bytes of a longer string of a test, which its hash and length do not say alone. */
  readonly long: readonly (Buffer | undefined)[] | undefined;
}

/** Whether a text is one of these values; `holds` false: whether it is none of them. */
interface Test {
  readonly values: ReadonlySet<string | null>;
  readonly holds: boolean;
}

export class TextBits {
  readonly #clues = new Set<string>();
  /** Whether rows without a value are a clue. */
  #clueIfAbsent = false;
  readonly #tests: Test[] = [];
  readonly #bytes = new Map<string, Buffer>();

  /** A rule looks for these strings. */
  addClue(values: readonly string[], guarded: boolean): void {
    for (const value of values) this.#clues.add(value);
    if (!guarded) this.#clueIfAbsent = true;
  }

  /** The bit of a test. There is no table for too many of them. */
  addTest(values: readonly (string | null)[], holds: boolean): number {
    return FIRST_TEST + this.#tests.push({ values: new Set(values), holds }) - 1;
  }

  /** Undefined if there are so many strings that two of them have one slot, or too many tests. */
  table(): BitTable | undefined {
    if (this.#tests.length > MAX_TESTS) return undefined;
    const values = [...this.#clues, ...this.#tests.flatMap((test) => [...test.values])];
    for (const value of new Set(values)) {
      // Bytes that are UTF-8 never have half of a surrogate pair.
      if (value?.isWellFormed() === true) this.#bytes.set(value, Buffer.from(value));
    }
    const named = [...this.#bytes].map(([text, bytes]) => ({
      text,
      length: bytes.length,
      hash: hashOf(bytes),
    }));
    const place = placeOf(named.map(({ hash }) => hash));
    if (place === undefined) return undefined;
    const { size, shift } = place;
    // A free slot has a hash that is none of its own.
    const hashes = Int32Array.from({ length: size }, (_, slot) => ~slot << shift);
    const [lengths, bits] = [new Int32Array(size), new Int32Array(size)];
    const long = new Array<Buffer | undefined>(size).fill(undefined);
    for (const { text, length, hash } of named) {
      const slot = (hash >>> shift) & (size - 1);
      hashes[slot] = hash;
      lengths[slot] = length;
      bits[slot] = this.#bitsOf(text);
      if (length > HASHED_ALONE && this.#tests.some(({ values }) => values.has(text)))
        long[slot] = this.#bytes.get(text);
    }
    return {
      shift,
      hashes,
      lengths,
      bits,
      byState: this.#byState(),
      onlyClues: this.#tests.length === 0,
      long: long.every((bytes) => bytes === undefined) ? undefined : long,
    };
  }

  #bitsOf(text: string | null): number {
    let bits = text !== null && this.#clues.has(text) ? CLUE : 0;
    for (const [i, { values, holds }] of this.#tests.entries())
      if (values.has(text) === holds) bits |= 1 << (FIRST_TEST + i);
    return bits;
  }

  /** A text that nobody names, null, absent, of another type. */
  #byState(): Int32Array {
    const bits = new Int32Array(5);
    for (const [i, { holds }] of this.#tests.entries())
      if (!holds) bits[0]! |= 1 << (FIRST_TEST + i);
    bits[1] = this.#bitsOf(null);
    const hasClues = this.#clues.size > 0;
    bits[ABSENT_FIELD] = ERROR | (hasClues && this.#clueIfAbsent ? CLUE : 0);
    bits[OTHER_TYPE] = ERROR | (hasClues ? CLUE : 0);
    bits[4] = bits[OTHER_TYPE];
    return bits;
  }
}

/**
 * Whether each text that the table takes for a longer one of a test is this text. Up to four bytes, the
 * hash and the length are enough.
 */
export function areTexts(
  { shift, hashes, long }: BitTable,
  column: Utf8Column,
  rows: number,
): boolean {
  if (long === undefined) return true;
  const { state, places } = column;
  for (let row = 0; row < rows; row++) {
    const hash = places[4 * row + 3]!;
    const slot = (hash >>> shift) & (hashes.length - 1);
    const bytes = long[slot];
    if (bytes === undefined || hashes[slot] !== hash || state[row] !== 0) continue;
    if (!isTextOrLength(bytes, column, row)) return false;
  }
  return true;
}

/** The smallest table in which each hash has a slot of its own. Undefined if it would be large. */
function placeOf(hashes: readonly number[]): { size: number; shift: number } | undefined {
  for (let size = 8; size <= MAX_SLOTS; size *= 2)
    for (let shift = 0; shift <= MAX_SHIFT && size >= 2 * hashes.length; shift++)
      if (new Set(hashes.map((hash) => (hash >>> shift) & (size - 1))).size === hashes.length)
        return { size, shift };
  return undefined;
}

/** Whether a row has this text, or one of another length. */
function isTextOrLength(text: Buffer, { places, blocks }: Utf8Column, row: number): boolean {
  const start = places[4 * row + 1]!;
  if (places[4 * row + 2]! - start !== text.length) return true;
  const bytes = blocks[places[4 * row]!]!;
  for (let i = 0; i < text.length; i++) if (text[i] !== bytes[start + i]) return false;
  return true;
}

function hashOf(bytes: Buffer): number {
  return hashBytes(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length);
}
