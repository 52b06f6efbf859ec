import { RecordView } from '../flow/record-view.ts';
import type { InputRecord } from '../flow/record.ts';
import { hashBytes } from '../flow/text-hash.ts';
import type { Utf8Column } from '../flow/utf8-column.ts';
import { VALUE } from '../flow/events.ts';

/**
 * 64 bits of an id, in two halves. Text and its UTF-8 bytes have the same hash, so the key of one
 * record finds a field of another. `high` is the hash that a text has in its column, so there only
 * `low` is left to compute. It is not cryptographic: who can choose ids can make two meet, and then
 * one label joins the wrong event.
 */
export class IdHash {
  low = 0;
  high = 0;
  readonly #ascii = Buffer.alloc(SHORT);
  #view: DataView = new DataView(this.#ascii.buffer);

  ofText(text: string): void {
    const { length } = text;
    const ascii = this.#ascii;
    let units = length > SHORT ? NO_ASCII : 0;
    for (let i = 0; i < length && units < NO_ASCII; i++) {
      const unit = text.charCodeAt(i);
      units |= unit;
      ascii[i] = unit;
    }
    if (units < NO_ASCII) this.ofBytes(ascii, 0, length);
    else {
      const bytes = Buffer.from(text);
      this.ofBytes(bytes, 0, bytes.length);
    }
  }

  ofBytes(bytes: Uint8Array, start: number, end: number): void {
    this.#high(bytes, start, end);
    this.low = secondHash(bytes, start, end);
  }

  /**
   * False: the record has no key. `unwanted`: the bits of `high` that are 0 for an id that is wanted;
   * `low` stays what it was for any other.
   */
  ofKey(record: Pick<InputRecord, 'key'>, unwanted = 0): boolean {
    if (record instanceof RecordView) {
      const { block, keyStart, keyEnd } = record;
      if (keyStart < 0) return false;
      this.#high(block, keyStart, keyEnd);
      if ((this.high & unwanted) === 0) this.low = secondHash(block, keyStart, keyEnd);
      return true;
    }
    const { key } = record;
    if (key === null) return false;
    this.ofBytes(key, 0, key.length);
    return true;
  }

  /** The same for a text in a column. False: the row has none, or it is empty. */
  ofColumn({ state, places, blocks }: Utf8Column, row: number, unwanted = 0): boolean {
    const place = 4 * row;
    const [start, end] = [places[place + 1]!, places[place + 2]!];
    if (state[row] !== VALUE || start === end) return false;
    this.high = places[place + 3]! >>> 0;
    if ((this.high & unwanted) === 0) this.low = secondHash(blocks[places[place]!]!, start, end);
    return true;
  }

  #high(bytes: Uint8Array, start: number, end: number): void {
    if (this.#view.buffer !== bytes.buffer) this.#view = new DataView(bytes.buffer);
    const base = bytes.byteOffset;
    this.high = hashBytes(this.#view, base + start, base + end) >>> 0;
  }
}

/** Ids are seldom longer. */
const SHORT = 128;
const NO_ASCII = 0x80;
const SEED = 0x85ebca6b;

/** Four bytes at a time, because each step waits for the one before. */
function secondHash(bytes: Uint8Array, start: number, end: number): number {
  let hash = SEED;
  let at = start;
  for (; at + 4 <= end; at += 4)
    hash = step(
      hash,
      bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24),
    );
  let word = end - start;
  for (; at < end; at++) word = (word << 8) | bytes[at]!;
  return mixed(step(hash, word));
}

function step(hash: number, word: number): number {
  const h = Math.imul(hash ^ word, 0x9e3779b1);
  return h ^ (h >>> 15);
}

/** The last steps of MurmurHash3: each bit depends on all bits. */
function mixed(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
