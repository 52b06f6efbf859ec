import { keyLength, valueLength } from '../flow/record-view.ts';
import type { InputRecord } from '../flow/record.ts';
import type { Fetched } from './source.ts';

interface Chunk {
  readonly records: readonly InputRecord[];
  /** First record not yet taken. */
  next: number;
  readonly nextOffset: bigint;
  readonly arrivedAt: number;
}

export interface Taken {
  readonly records: readonly InputRecord[];
  /** Where the partition continues after these records. */
  readonly nextOffset: bigint;
}

/**
 * The records of one partition that were fetched and not yet taken, in offset order, and their size
 * in memory.
 */
export class RecordQueue {
  #chunks: Chunk[] = [];
  #size = 0;
  #bytes = 0;

  get size(): number {
    return this.#size;
  }

  /** Bytes of the queued keys and values. */
  get bytes(): number {
    return this.#bytes;
  }

  get oldestAt(): number {
    return this.#chunks[0]?.arrivedAt ?? Infinity;
  }

  push({ records, nextOffset }: Pick<Fetched, 'records' | 'nextOffset'>, arrivedAt: number): void {
    this.#chunks.push({ records, next: 0, nextOffset, arrivedAt });
    this.#size += records.length;
    for (const record of records) this.#bytes += bytesOf(record);
  }

  /** Takes up to `most` records; nothing is taken from an empty queue. */
  take(most: number): Taken | undefined {
    const parts: (readonly InputRecord[])[] = [];
    let nextOffset: bigint | undefined;
    let left = most;
    for (let chunk = this.#chunks[0]; chunk !== undefined && left > 0; chunk = this.#chunks[0]) {
      const end = Math.min(chunk.records.length, chunk.next + left);
      const whole = end === chunk.records.length;
      parts.push(chunk.next === 0 && whole ? chunk.records : chunk.records.slice(chunk.next, end));
      left -= end - chunk.next;
      chunk.next = end;
      nextOffset = whole ? chunk.nextOffset : BigInt(chunk.records[end - 1]!.offset) + 1n;
      if (whole) this.#chunks.shift();
    }
    if (nextOffset === undefined) return undefined;
    const records = parts.length === 1 ? parts[0]! : parts.flat();
    this.#size -= records.length;
    for (const record of records) this.#bytes -= bytesOf(record);
    return { records, nextOffset };
  }

  clear(): void {
    this.#chunks = [];
    this.#size = 0;
    this.#bytes = 0;
  }
}

function bytesOf(record: InputRecord): number {
  return Math.max(keyLength(record), 0) + Math.max(valueLength(record), 0);
}
