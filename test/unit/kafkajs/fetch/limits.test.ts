import fc from 'fast-check';
import { compressFrame } from 'lz4-napi';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip, zstdCompress } from 'node:zlib';
import type { OutputRecord } from '../../../../src/flow/record.ts';
import { BatchTooLarge, type FetchLimits } from '../../../../src/kafkajs/fetch/fetch-limits.ts';
import type { FetchedRecord } from '../../../../src/kafkajs/fetch/fetched-records.ts';
import { readRecordBatches } from '../../../../src/kafkajs/fetch/record-batches.ts';
import { COMPRESSIONS, decompressWithin } from '../../../../src/kafkajs/kafka-codecs.ts';
import { lz4Length } from '../../../../src/runtime/lz4-length.ts';
import { encodeRecordBatch } from '../../../../src/kafkajs/send/record-batch.ts';
import { snappyCompress, snappyLength } from '../../../../src/runtime/snappy-framing.ts';
import { checksummed } from '../../../support/checksummed.ts';

const PACK = {
  gzip: promisify(gzip) as (bytes: Buffer) => Promise<Buffer>,
  snappy: snappyCompress,
  lz4: compressFrame as (bytes: Buffer) => Promise<Buffer>,
  zstd: promisify(zstdCompress) as (bytes: Buffer) => Promise<Buffer>,
};
const NAMES = Object.keys(PACK) as (keyof typeof PACK)[];

type Given = readonly Partial<OutputRecord>[];

async function batchOf(records: Given, codec?: keyof typeof PACK, baseOffset = 0): Promise<Buffer> {
  const batch = await encodeRecordBatch(
    records.map(({ key = null, value = null, headers }) => ({
      key,
      value,
      ...(headers && { headers }),
    })),
    {
      timestamp: 5,
      producerId: -1n,
      producerEpoch: -1,
      firstSequence: -1,
      transactional: false,
      codec: codec === undefined ? 0 : COMPRESSIONS[codec],
      compress: (bytes) => PACK[codec!](bytes),
    },
  );
  batch.writeBigInt64BE(BigInt(baseOffset), 0);
  return batch;
}

const read = (bytes: Buffer, limits: FetchLimits, from = 0): Promise<FetchedRecord[]> =>
  readRecordBatches(bytes, { decompress: decompressWithin, limits, from });

const codes = (records: readonly FetchedRecord[]): unknown[] =>
  records.map(({ offset, unread }) => [offset, unread?.code]);

const value = (size: number): { value: Buffer } => ({ value: Buffer.alloc(size) });

describe.each(NAMES)('what %s unpacks', (name) => {
  it('is given where it has as many bytes as it may, and refused with one more', async () => {
    const packed = await PACK[name](Buffer.alloc(300_000, 'ab'));
    expect(await decompressWithin(COMPRESSIONS[name], packed, 300_000)).toHaveLength(300_000);
    await expect(decompressWithin(COMPRESSIONS[name], packed, 299_999)).rejects.toThrow(
      BatchTooLarge,
    );
  });

  it('to more than a batch may have is told of by every offset, and the next batch is read', async () => {
    const bomb = await batchOf([value(10), value(2_000_000), value(10)], name, 7);
    const good = await batchOf([value(20)], name, 10);
    const records = await read(Buffer.concat([bomb, good]), { recordBytes: 1e6, batchBytes: 1e6 });
    const large = 'BATCH_TOO_LARGE';
    expect(codes(records)).toEqual([
      [7, large],
      [8, large],
      [9, large],
      [10, undefined],
    ]);
    expect(records.map((record) => record.value?.length)).toEqual([
      undefined,
      undefined,
      undefined,
      20,
    ]);
  });
});

describe('lengths that are measured without unpacking', () => {
  it('are those that come out, for whatever is packed', async () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fc.nat(70_000).map((size) => Buffer.alloc(size, 'x')),
      fc.nat(70_000).map((size) => randomBytes(size)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 5 }), async (pieces) => {
        const bytes = Buffer.concat(pieces);
        expect(lz4Length(await PACK.lz4(bytes), Infinity)).toBe(bytes.length);
        expect(snappyLength(await PACK.snappy(bytes))).toBe(bytes.length);
      }),
      { numRuns: 50 },
    );
  });

  it('of bytes that are nothing of the kind end, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (array, framed) => {
        const bytes = Buffer.from(array);
        if (framed && bytes.length > 8) bytes.writeUInt32LE(0x184d2204, 0);
        expect(lz4Length(bytes, 1e9)).toBeGreaterThanOrEqual(0);
        expect(snappyLength(bytes)).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('a record that is larger than it may be', () => {
  it('loses its value alone, and no other record does', async () => {
    const key = Buffer.from('k');
    const headers = { a: Buffer.from('b') };
    const bytes = await batchOf([value(10), { key, headers, ...value(5000) }, value(30)]);
    const records = await read(bytes, { recordBytes: 2000, batchBytes: 1e6 });
    expect(codes(records)).toEqual([
      [0, undefined],
      [1, 'RECORD_TOO_LARGE'],
      [2, undefined],
    ]);
    expect(records[1]).toMatchObject({ key, value: null, headers });
    expect(records[2]!.value).toHaveLength(30);
  });

  it('by its key or its headers loses these as well', async () => {
    const headers = { a: Array.from({ length: 20_000 }, () => Buffer.of(1)) };
    const bytes = await batchOf([{ key: Buffer.alloc(5000), ...value(1) }, { headers }, value(1)]);
    const records = await read(bytes, { recordBytes: 2000, batchBytes: 1e7 });
    expect(codes(records)).toEqual([
      [0, 'RECORD_TOO_LARGE'],
      [1, 'RECORD_TOO_LARGE'],
      [2, undefined],
    ]);
    expect(records[0]!.key).toBeNull();
    expect(records[1]!.headers).toBeUndefined();
  });
});

describe('a partition of which more was fetched than is read at a time', () => {
  it.each(NAMES)(
    'is read in pieces, every offset once, also from the middle of a batch (%s)',
    async (name) => {
      const batches = [
        await batchOf(
          Array.from({ length: 500 }, () => value(100)),
          name,
          0,
        ),
        await batchOf([value(900_000), value(3)], name, 500),
        await batchOf(
          Array.from({ length: 500 }, () => value(100)),
          name,
          502,
        ),
      ];
      const bytes = Buffer.concat(batches);
      const seen: number[] = [];
      let pieces = 0;
      for (let from = 0; from < 1002; pieces++) {
        const records = await read(bytes, { recordBytes: 100_000, batchBytes: 150_000 }, from);
        expect(records.length).toBeGreaterThan(0);
        seen.push(...records.map(({ offset }) => offset));
        from = seen.at(-1)! + 1;
      }
      expect(seen).toEqual(Array.from({ length: 1002 }, (_, offset) => offset));
      expect(pieces).toBeLessThan(6);
    },
  );

  it('tells of a batch that says it has millions of records in pieces, too', async () => {
    const bomb = await batchOf([value(2_000_000)], 'zstd');
    bomb.writeInt32BE(50_000_000, 23);
    const records = await read(
      checksummed(bomb),
      { recordBytes: 1e6, batchBytes: 1e6 },
      30_000_000,
    );
    expect(records[0]!.offset).toBe(30_000_000);
    expect(records.length).toBeLessThan(10_000);
  });
});
