import { hashBytes } from '../../flow/text-hash.ts';
import type { Utf8Column } from '../../flow/utf8-column.ts';

/**
 * A set of keys with an optional time of expiry each, outside of the heap of JavaScript: a million
 * keys of 16 characters take about 50 MB, and the garbage collector does not see them. A key is
 * found by the hash of its UTF-8 bytes and compared as a whole, so two keys are never mistaken for
 * one.
 *
 * `slots` is a hash table with the numbers of the entries. `tags` has a byte for each slot, with some
 * bits of the hash: most keys that are not there are told by one byte. Entries and the bytes of their
 * keys stand in arrays that grow. What was deleted is dropped when the table is built again.
 */
export class KeyTable {
  #tags = new Uint8Array(MIN_SLOTS);
  #slots = new Int32Array(MIN_SLOTS);
  /** Three numbers for each entry: its hash, and the start and the length of its key. */
  #entries = new Int32Array(3 * MIN_ENTRIES);
  /** In ms since the epoch; infinite if the key does not expire. */
  #expiries = new Float64Array(MIN_ENTRIES);
  #bytes = Buffer.alloc(MIN_BYTES);
  /** Entries and bytes in use, deleted ones included. */
  #count = 0;
  #end = 0;
  #deleted = 0;
  /** The key that is asked for, and its length. */
  #key = Buffer.alloc(MIN_BYTES);
  #keyView = viewOf(this.#key);
  #keyLength = 0;

  get size(): number {
    return this.#count - this.#deleted;
  }

  /** Bytes of all arrays. */
  get bytes(): number {
    const arrays = [this.#tags, this.#slots, this.#entries, this.#expiries];
    return arrays.reduce((sum, { byteLength }) => sum + byteLength, this.#bytes.length);
  }

  /** Whether the key is there and has not expired. */
  has(key: string, now: number): boolean {
    const slot = this.#findText(key);
    return slot >= 0 && this.#expiries[this.#slots[slot]!]! > now;
  }

  /**
   * The same for each row of a column that is `open` and has a value: 1 in `out`, else 0. Returns
   * all of `out` joined by |. The tags of all rows are read first, because nothing in that loop
   * depends on what it reads, so that the processor waits for many of them at the same time.
   */
  mark(
    { state, places, blocks }: Utf8Column,
    open: Uint8Array,
    now: number,
    out: Uint8Array,
    rows: number,
  ): number {
    const tags = this.#tags;
    const mask = tags.length - 1;
    for (let row = 0; row < rows; row++) out[row] = tags[places[4 * row + 3]! & mask]!;
    let all = 0;
    for (let row = 0; row < rows; row++) {
      if (out[row] === FREE) continue;
      out[row] = 0;
      if (state[row] !== 0 || open[row] === 0) continue;
      const place = 4 * row;
      const start = places[place + 1]!;
      const bytes = blocks[places[place]!]!;
      const slot = this.#find(places[place + 3]!, bytes, start, places[place + 2]! - start);
      if (slot >= 0 && this.#expiries[this.#slots[slot]!]! > now) all = out[row] = 1;
    }
    return all;
  }

  /** The key has to be well-formed: no other one has UTF-8 bytes. */
  set(key: string, expires = Infinity): void {
    const found = this.#findText(key);
    if (found >= 0) {
      this.#expiries[this.#slots[found]!] = expires;
      return;
    }
    if (2 * (this.#count + 1) > this.#slots.length) this.#rebuild();
    const hash = hashBytes(this.#keyView, 0, this.#keyLength);
    const entry = this.#append(hash, expires);
    let slot = hash & (this.#slots.length - 1);
    while (this.#tags[slot]! > GONE) slot = (slot + 1) & (this.#slots.length - 1);
    this.#tags[slot] = tagOf(hash);
    this.#slots[slot] = entry;
  }

  delete(key: string): boolean {
    const slot = this.#findText(key);
    if (slot < 0) return false;
    this.#entries[3 * this.#slots[slot]! + LENGTH] = DELETED;
    this.#tags[slot] = GONE;
    this.#deleted++;
    return true;
  }

  #findText(key: string): number {
    // Three bytes are the most that a UTF-16 unit takes.
    if (3 * key.length > this.#key.length) {
      this.#key = Buffer.alloc(6 * key.length);
      this.#keyView = viewOf(this.#key);
    }
    const length = this.#key.write(key);
    this.#keyLength = length;
    return this.#find(hashBytes(this.#keyView, 0, length), this.#key, 0, length);
  }

  /** The slot of the key; -1 if it is not there. */
  #find(hash: number, bytes: Buffer, start: number, length: number): number {
    const tags = this.#tags;
    const mask = tags.length - 1;
    const wanted = tagOf(hash);
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const tag = tags[slot]!;
      if (tag === FREE) return -1;
      if (tag === wanted && this.#isKey(this.#slots[slot]!, hash, bytes, start, length))
        return slot;
    }
  }

  #isKey(entry: number, hash: number, bytes: Buffer, start: number, length: number): boolean {
    const entries = this.#entries;
    if (entries[3 * entry] !== hash || entries[3 * entry + LENGTH] !== length) return false;
    const own = entries[3 * entry + START]! >>> 0;
    const all = this.#bytes;
    for (let i = 0; i < length; i++) if (all[own + i] !== bytes[start + i]) return false;
    return true;
  }

  /** Appends the key that was asked for last. */
  #append(hash: number, expires: number): number {
    const length = this.#keyLength;
    this.#makeRoom(length);
    const entry = this.#count++;
    this.#entries[3 * entry] = hash;
    this.#entries[3 * entry + START] = this.#end;
    this.#entries[3 * entry + LENGTH] = length;
    this.#expiries[entry] = expires;
    this.#key.copy(this.#bytes, this.#end, 0, length);
    this.#end += length;
    return entry;
  }

  #makeRoom(bytes: number): void {
    if (this.#count === this.#expiries.length) {
      const more = Math.ceil(this.#expiries.length * GROWTH);
      this.#entries = grown(this.#entries, new Int32Array(3 * more));
      this.#expiries = grown(this.#expiries, new Float64Array(more));
    }
    if (this.#end + bytes <= this.#bytes.length) return;
    const more = Math.max(this.#end + bytes, Math.ceil(this.#bytes.length * GROWTH));
    if (more > 2 ** 32) throw new RangeError('the keys of a list have more than 4 GiB');
    this.#bytes = grown(this.#bytes, Buffer.alloc(more));
  }

  /** Drops what was deleted, and makes the hash table as large as the entries need. */
  #rebuild(): void {
    const entries = this.#entries;
    let [entry, end] = [0, 0];
    for (let from = 0; this.#deleted > 0 && from < this.#count; from++) {
      const length = entries[3 * from + LENGTH]!;
      if (length === DELETED) continue;
      const start = entries[3 * from + START]! >>> 0;
      this.#bytes.copyWithin(end, start, start + length);
      entries[3 * entry] = entries[3 * from]!;
      entries[3 * entry + START] = end;
      entries[3 * entry + LENGTH] = length;
      this.#expiries[entry++] = this.#expiries[from]!;
      end += length;
    }
    if (this.#deleted > 0) [this.#count, this.#end, this.#deleted] = [entry, end, 0];
    let length = MIN_SLOTS;
    while (length < 4 * (this.#count + 1)) length *= 2;
    this.#slots = new Int32Array(length);
    this.#tags = new Uint8Array(length);
    for (let i = 0; i < this.#count; i++) {
      const hash = entries[3 * i]!;
      let slot = hash & (length - 1);
      while (this.#tags[slot] !== FREE) slot = (slot + 1) & (length - 1);
      this.#tags[slot] = tagOf(hash);
      this.#slots[slot] = i;
    }
  }
}

const MIN_SLOTS = 16;
const MIN_ENTRIES = 8;
const MIN_BYTES = 128;
const GROWTH = 1.5;
/** Tags of slots without an entry: nothing was there, or it was deleted and the search goes on. */
const FREE = 0;
const GONE = 1;
/** Where an entry has the start and the length of its key. */
const START = 1;
const LENGTH = 2;
/** The length of a deleted entry. */
const DELETED = -1;

/** Seven bits that the place of the slot does not have. */
const tagOf = (hash: number): number => 0x80 | (hash >>> 25);

const viewOf = ({ buffer, byteOffset, length }: Buffer): DataView =>
  new DataView(buffer, byteOffset, length);

function grown<T extends { set(from: T): void }>(from: T, into: T): T {
  into.set(from);
  return into;
}
