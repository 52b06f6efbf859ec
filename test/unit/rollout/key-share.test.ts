import type { Batch } from '../../../src/flow/batch.ts';
import { RecordView } from '../../../src/flow/record-view.ts';
import type { InputRecord } from '../../../src/flow/record.ts';
import { rowsOfShare } from '../../../src/rollout/key-share.ts';
import { murmur2 } from '../../support/murmur2.ts';

const record = (key: Buffer | null, offset = 0): InputRecord => ({
  offset,
  timestamp: 0,
  key,
  value: null,
});
const batchOf = (records: readonly InputRecord[], partition = 0): Batch => ({
  topic: 'events',
  partition,
  records,
  closedBy: 'end',
});
const keys = (count: number): Buffer[] =>
  Array.from({ length: count }, (_, i) => Buffer.from(`customer-${i}`));
const KEYED = keys(20_000).map((key) => record(key));
const share = (records: readonly InputRecord[], percent: number, partition = 0): number[] => [
  ...rowsOfShare(batchOf(records, partition), percent),
];

describe('a share of the keys', () => {
  it('never changes: a replay finds the same rows', () => {
    const rows = keys(40).map((key) => record(key));
    expect(share(rows, 10)).toEqual([2, 23, 27, 28]);
  });

  it('is as large as it says', () => {
    for (const percent of [0.5, 5, 50]) {
      const part = (100 * share(KEYED, percent).length) / KEYED.length;
      expect(Math.abs(part - percent)).toBeLessThan(0.1 * percent + 0.2);
    }
    expect(share(KEYED, 0)).toEqual([]);
    expect(share(KEYED, 100)).toHaveLength(KEYED.length);
  });

  it('only grows where its percentage does', () => {
    const small = share(KEYED, 5);
    const large = new Set(share(KEYED, 10));
    expect(small.filter((row) => !large.has(row))).toEqual([]);
  });

  it('does not depend on the topic, the partition and the offset of a key', () => {
    const [key] = keys(1);
    const inside = (percent: number, partition: number, offset: number): boolean =>
      share([record(key!, offset)], percent, partition).length > 0;
    for (let percent = 0; percent <= 100; percent += 5)
      expect(inside(percent, 7, 99)).toBe(inside(percent, 0, 0));
  });

  it('is the same part of each partition of Kafka', () => {
    const partitions = Map.groupBy(KEYED, ({ key }) => (murmur2(key!) & 0x7fffffff) % 8);
    for (const own of partitions.values()) {
      const part = share(own, 20).length / own.length;
      expect(part).toBeGreaterThan(0.16);
      expect(part).toBeLessThan(0.24);
    }
  });

  it('takes records without a key by their offsets, so a replay finds them again', () => {
    const records = Array.from({ length: 5000 }, (_, i) => record(null, i));
    const first = share(records, 10, 3);
    expect(first.length).toBeGreaterThan(400);
    expect(first.length).toBeLessThan(600);
    expect(share(records, 10, 3)).toEqual(first);
    expect(share(records, 10, 4)).not.toEqual(first);
  });

  it('reads the key of a record in its buffer, an empty one too', () => {
    const block = Buffer.from('xxcustomer-2yy');
    const view = (start: number, end: number): RecordView =>
      new RecordView(4, 0, undefined, block, start, end, -1, -1);
    expect(share([view(2, 12)], 10)).toEqual([0]);
    const empty = [view(2, 2), record(Buffer.alloc(0))];
    for (const percent of [5, 50, 95]) expect(share(empty, percent).length % 2).toBe(0);
    expect(share([view(-1, -1)], 50)).toEqual(share([record(null, 4)], 50));
  });
});
