/**
 * A set of keys with an optional time of expiry each, outside of the heap of JavaScript: a million
 * keys of 16 characters take about 50 MB, and the garbage collector does not see them. A key is
 * found by its hash and compared as a whole, so two keys are never mistaken for one.
 *
 * `slots` is a hash table with the numbers of the entries. `tags` has a byte for each slot, with some
 * bits of the hash: most keys that are not there are told by one byte. Entries and the characters of
 * their keys stand in arrays that grow. What was deleted is dropped when the table is built again.
 */
export class KeyTable {
  #tags = new Uint8Array(MIN_SLOTS);
  #slots = new Int32Array(MIN_SLOTS);
  #hashes = new Uint32Array(MIN_ENTRIES);
  #starts = new Uint32Array(MIN_ENTRIES);
  /** Characters of the key; negative if each takes two bytes. */
  #lengths = new Int32Array(MIN_ENTRIES);
  /** In ms since the epoch; infinite if the key does not expire. */
  #expiries = new Float64Array(MIN_ENTRIES);
  #characters = Buffer.alloc(MIN_CHARACTERS);
  /** Entries and bytes in use, deleted ones included. */
  #entries = 0;
  #end = 0;
  #deleted = 0;

  get size(): number {
    return this.#entries - this.#deleted;
  }

  /** Bytes of all arrays. */
  get bytes(): number {
    const arrays = [
      this.#tags,
      this.#slots,
      this.#hashes,
      this.#starts,
      this.#lengths,
      this.#expiries,
    ];
    return arrays.reduce((sum, { byteLength }) => sum + byteLength, this.#characters.length);
  }

  /** Whether the key is there and has not expired. */
  has(key: string, now: number): boolean {
    const slot = this.#find(key, hashOf(key));
    return slot >= 0 && this.#expiries[this.#slots[slot]!]! > now;
  }

  set(key: string, expires = Infinity): void {
    const hash = hashOf(key);
    const found = this.#find(key, hash);
    if (found >= 0) {
      this.#expiries[this.#slots[found]!] = expires;
      return;
    }
    if (2 * (this.#entries + 1) > this.#slots.length) this.#rebuild();
    const entry = this.#append(key, hash, expires);
    let slot = hash & (this.#slots.length - 1);
    while (this.#tags[slot]! > GONE) slot = (slot + 1) & (this.#slots.length - 1);
    this.#tags[slot] = tagOf(hash);
    this.#slots[slot] = entry;
  }

  delete(key: string): boolean {
    const slot = this.#find(key, hashOf(key));
    if (slot < 0) return false;
    this.#lengths[this.#slots[slot]!] = DELETED;
    this.#tags[slot] = GONE;
    this.#deleted++;
    return true;
  }

  /** The slot of the key; -1 if it is not there. */
  #find(key: string, hash: number): number {
    const tags = this.#tags;
    const mask = tags.length - 1;
    const wanted = tagOf(hash);
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const tag = tags[slot]!;
      if (tag === FREE) return -1;
      if (tag !== wanted) continue;
      const entry = this.#slots[slot]!;
      if (this.#hashes[entry] === hash && this.#isKey(entry, key)) return slot;
    }
  }

  #isKey(entry: number, key: string): boolean {
    const length = this.#lengths[entry]!;
    const characters = this.#characters;
    let at = this.#starts[entry]!;
    if (length === key.length) {
      for (let i = 0; i < length; i++) if (characters[at++] !== key.charCodeAt(i)) return false;
      return true;
    }
    if (length !== -key.length || length === DELETED) return false;
    for (let i = 0; i < key.length; i++) {
      const unit = key.charCodeAt(i);
      if (characters[at++] !== (unit & 0xff) || characters[at++] !== unit >> 8) return false;
    }
    return true;
  }

  #append(key: string, hash: number, expires: number): number {
    const wide = isWide(key);
    const bytes = wide ? 2 * key.length : key.length;
    this.#makeRoom(bytes);
    const entry = this.#entries++;
    this.#hashes[entry] = hash;
    this.#starts[entry] = this.#end;
    this.#lengths[entry] = wide ? -key.length : key.length;
    this.#expiries[entry] = expires;
    this.#characters.write(key, this.#end, wide ? 'utf16le' : 'latin1');
    this.#end += bytes;
    return entry;
  }

  #makeRoom(bytes: number): void {
    if (this.#entries === this.#hashes.length) {
      const more = Math.ceil(this.#hashes.length * GROWTH);
      this.#hashes = grown(this.#hashes, new Uint32Array(more));
      this.#starts = grown(this.#starts, new Uint32Array(more));
      this.#lengths = grown(this.#lengths, new Int32Array(more));
      this.#expiries = grown(this.#expiries, new Float64Array(more));
    }
    if (this.#end + bytes <= this.#characters.length) return;
    const more = Math.max(this.#end + bytes, Math.ceil(this.#characters.length * GROWTH));
    if (more > 2 ** 32) throw new RangeError('the keys of a list have more than 4 GiB');
    this.#characters = grown(this.#characters, Buffer.alloc(more));
  }

  /** Drops what was deleted, and makes the hash table as large as the entries need. */
  #rebuild(): void {
    let [entry, end] = [0, 0];
    for (let from = 0; this.#deleted > 0 && from < this.#entries; from++) {
      const length = this.#lengths[from]!;
      if (length === DELETED) continue;
      const bytes = length < 0 ? -2 * length : length;
      const start = this.#starts[from]!;
      this.#characters.copyWithin(end, start, start + bytes);
      this.#hashes[entry] = this.#hashes[from]!;
      this.#lengths[entry] = length;
      this.#expiries[entry] = this.#expiries[from]!;
      this.#starts[entry++] = end;
      end += bytes;
    }
    if (this.#deleted > 0) [this.#entries, this.#end, this.#deleted] = [entry, end, 0];
    let length = MIN_SLOTS;
    while (length < 4 * (this.#entries + 1)) length *= 2;
    this.#slots = new Int32Array(length);
    this.#tags = new Uint8Array(length);
    for (let i = 0; i < this.#entries; i++) {
      const hash = this.#hashes[i]!;
      let slot = hash & (length - 1);
      while (this.#tags[slot] !== FREE) slot = (slot + 1) & (length - 1);
      this.#tags[slot] = tagOf(hash);
      this.#slots[slot] = i;
    }
  }
}

const MIN_SLOTS = 16;
const MIN_ENTRIES = 8;
const MIN_CHARACTERS = 128;
const GROWTH = 1.5;
/** Tags of slots without an entry: nothing was there, or it was deleted and the search goes on. */
const FREE = 0;
const GONE = 1;
/** The length of a deleted entry. No key has so many characters. */
const DELETED = -(2 ** 31);

/** FNV-1a over UTF-16 units, with the bits of the result mixed. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** Seven bits that the place of the slot does not have. */
const tagOf = (hash: number): number => 0x80 | (hash >>> 25);

function isWide(key: string): boolean {
  for (let i = 0; i < key.length; i++) if (key.charCodeAt(i) > 0xff) return true;
  return false;
}

function grown<T extends { set(from: T): void }>(from: T, into: T): T {
  into.set(from);
  return into;
}
