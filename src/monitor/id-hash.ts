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
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) {
        const bytes = Buffer.from(text);
        this.ofBytes(bytes, 0, bytes.length);
        return;
      }
      a = Math.imul(a ^ unit, FACTOR_A);
      a ^= a >>> 15;
      b = Math.imul(b ^ unit, FACTOR_B);
      b ^= b >>> 13;
    }
    this.#end(a, b, text.length);
  }

  ofBytes(bytes: Uint8Array, start: number, end: number): void {
    let [a, b] = [SEED_A, SEED_B];
    for (let i = start; i < end; i++) {
      const unit = bytes[i]!;
      a = Math.imul(a ^ unit, FACTOR_A);
      a ^= a >>> 15;
      b = Math.imul(b ^ unit, FACTOR_B);
      b ^= b >>> 13;
    }
    this.#end(a, b, end - start);
  }

  /** The same as for the text of these bytes, also where they are no valid UTF-8. */
  ofUtf8(bytes: Buffer, start: number, end: number): void {
    let all = 0;
    for (let i = start; i < end; i++) all |= bytes[i]!;
    if (all <= 0x7f) this.ofBytes(bytes, start, end);
    else this.ofText(bytes.toString('utf8', start, end));
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

  #end(a: number, b: number, length: number): void {
    this.low = mixed(a ^ length);
    this.high = mixed(b ^ Math.imul(a, FACTOR_B));
  }
}

const SEED_A = 0x9e3779b9;
const SEED_B = 0x85ebca6b;
const FACTOR_A = 0x9e3779b1;
const FACTOR_B = 0x85ebca77;

/** The last steps of MurmurHash3: each bit depends on all bits. */
function mixed(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
