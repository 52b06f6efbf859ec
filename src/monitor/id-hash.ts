import { RecordView } from '../flow/record-view.ts';
import type { InputRecord } from '../flow/record.ts';

/**
 * 64 bits of an id, in two halves. Text and its UTF-8 bytes have the same hash, so the key of one
 * record finds a field of another. It is not cryptographic: who can choose ids can make two meet,
 * and then one label joins the wrong event.
 */
export class IdHash {
  low = 0;
  high = 0;

  ofText(text: string): void {
    let [a, b] = [SEED_A, SEED_B];
    let [word, units, shift] = [0, 0, 0];
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      units |= unit;
      word |= unit << shift;
      shift = (shift + 8) & 31;
      if (shift !== 0) continue;
      a = stepA(a, word);
      b = stepB(b, word);
      word = 0;
    }
    if (units > 0x7f) {
      const bytes = Buffer.from(text);
      this.#ofBytes(bytes, 0, bytes.length);
      return;
    }
    if (shift !== 0) {
      a = stepA(a, word);
      b = stepB(b, word);
    }
    this.#end(a, b, text.length);
  }

  ofBytes(bytes: Uint8Array, start: number, end: number): void {
    this.#ofBytes(bytes, start, end);
  }

  /** The same as for the text of these bytes, also where they are no valid UTF-8. */
  ofUtf8(bytes: Buffer, start: number, end: number): void {
    const all = this.#ofBytes(bytes, start, end);
    if ((all & NO_ASCII) !== 0) this.ofText(bytes.toString('utf8', start, end));
  }

  /** False: the record has no key. */
  ofKey(record: Pick<InputRecord, 'key'>): boolean {
    if (record instanceof RecordView) {
      if (record.keyStart < 0) return false;
      this.ofBytes(record.block, record.keyStart, record.keyEnd);
      return true;
    }
    const { key } = record;
    if (key === null) return false;
    this.ofBytes(key, 0, key.length);
    return true;
  }

  /** Returns the bits of all bytes, in words of four. */
  #ofBytes(bytes: Uint8Array, start: number, end: number): number {
    let [a, b] = [SEED_A, SEED_B];
    let all = 0;
    let at = start;
    for (; at + 4 <= end; at += 4) {
      const word =
        bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
      all |= word;
      a = stepA(a, word);
      b = stepB(b, word);
    }
    if (at < end) {
      let word = 0;
      for (let shift = 0; at < end; at++, shift += 8) word |= bytes[at]! << shift;
      all |= word;
      a = stepA(a, word);
      b = stepB(b, word);
    }
    this.#end(a, b, end - start);
    return all;
  }

  #end(a: number, b: number, length: number): void {
    this.low = mixed(a ^ length);
    this.high = mixed(b ^ Math.imul(a, FACTOR_B));
  }
}

const SEED_A = 0x9e3779b9;
const SEED_B = 0x85ebca6b;
const FACTOR_A = 0x9e3779b1;
const FACTOR_B = 0x85ebca77;

/** A bit of these is set where one of four bytes is no ASCII. */
const NO_ASCII = 0x8080_8080;

/** Four bytes at a time, because each step waits for the one before. */
function stepA(hash: number, word: number): number {
  const h = Math.imul(hash ^ word, FACTOR_A);
  return h ^ (h >>> 15);
}

function stepB(hash: number, word: number): number {
  const h = Math.imul(hash ^ word, FACTOR_B);
  return h ^ (h >>> 13);
}

/** The last steps of MurmurHash3: each bit depends on all bits. */
function mixed(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
