import fc from 'fast-check';
import { RecordQueue } from '../../../src/consume/queue.ts';
import { inputRecord, inputRecords, offsetsOf } from '../../support/given-records.ts';

describe('RecordQueue', () => {
  it('takes nothing from an empty queue', () => {
    const queue = new RecordQueue();
    expect(queue.take(5)).toBeUndefined();
    expect(queue.oldestAt).toBe(Infinity);
  });

  it('goes on after a gap only once the chunk before it is used up', () => {
    const queue = new RecordQueue();
    queue.push({ records: inputRecords(2, 10), nextOffset: 15n }, 1);
    queue.push({ records: inputRecords(1, 20), nextOffset: 21n }, 2);
    expect(queue.take(1)).toMatchObject({ nextOffset: 11n });
    expect(queue.oldestAt).toBe(1);
    expect(queue.take(1)).toMatchObject({ nextOffset: 15n });
    expect(queue.oldestAt).toBe(2);
    expect(queue.take(1)).toMatchObject({ nextOffset: 21n });
    expect(queue.oldestAt).toBe(Infinity);
  });

  it('takes a fetch without records as a move of the offset', () => {
    const queue = new RecordQueue();
    queue.push({ records: [], nextOffset: 7n }, 1);
    expect(queue.size).toBe(0);
    expect(queue.oldestAt).toBe(1);
    expect(queue.take(3)).toEqual({ records: [], nextOffset: 7n });
    expect(queue.take(3)).toBeUndefined();
  });

  it('counts the bytes of keys and values, and none after it was cleared', () => {
    const queue = new RecordQueue();
    const records = [
      inputRecord(0, { key: Buffer.alloc(3), value: Buffer.alloc(100) }),
      inputRecord(1, { key: null, value: Buffer.alloc(20) }),
      inputRecord(2, { key: Buffer.alloc(1), value: null }),
    ];
    queue.push({ records, nextOffset: 3n }, 1);
    expect(queue.bytes).toBe(124);
    queue.take(1);
    expect(queue.bytes).toBe(21);
    queue.clear();
    expect([queue.bytes, queue.size, queue.take(1)]).toEqual([0, 0, undefined]);
  });

  /**
   * Chunks of consecutive offsets with gaps inside and behind them, as fetches of a compacted or
   * transactional topic are.
   */
  const fetches = fc.array(
    fc.record({
      steps: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 12 }),
      behind: fc.integer({ min: 0, max: 4 }),
    }),
    { maxLength: 8 },
  );

  it('gives every record once and in order, and the offset where the partition goes on, however it is taken', () => {
    fc.assert(
      fc.property(
        fetches,
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        (given, sizes) => {
          const queue = new RecordQueue();
          const offsets: number[] = [];
          const ends: bigint[] = [];
          let next = 0;
          for (const { steps, behind } of given) {
            const chunk = steps.map((step) => (next += step) - 1);
            next += behind;
            queue.push(
              { records: chunk.map((offset) => inputRecord(offset)), nextOffset: BigInt(next) },
              0,
            );
            offsets.push(...chunk);
            ends.push(BigInt(next));
          }
          const taken: number[] = [];
          let last: bigint | undefined;
          for (let turn = 0; turn < 1000; turn++) {
            const part = queue.take(sizes[turn % sizes.length]!);
            if (part === undefined) break;
            expect(part.records.length).toBeLessThanOrEqual(sizes[turn % sizes.length]!);
            taken.push(...offsetsOf(part.records));
            // Beyond everything taken, and never beyond a record still queued.
            expect(part.nextOffset > BigInt(taken.at(-1) ?? -1)).toBe(true);
            if (taken.length < offsets.length)
              expect(part.nextOffset <= BigInt(offsets[taken.length]!)).toBe(true);
            expect(part.nextOffset >= (last ?? 0n)).toBe(true);
            last = part.nextOffset;
            expect(queue.size).toBe(offsets.length - taken.length);
          }
          expect(taken).toEqual(offsets);
          expect(last).toBe(ends.at(-1));
          expect(queue.bytes).toBe(0);
        },
      ),
    );
  });
});
