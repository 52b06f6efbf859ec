import { crc32c } from '@node-rs/crc32';
import fc from 'fast-check';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { EncodedRecord, RecordView } from '../../../../src/flow/record-view.ts';
import { encodeRecordBatch, type BatchFields } from '../../../../src/kafkajs/send/record-batch.ts';

const require = createRequire(import.meta.url);

interface Encoded {
  readonly buffer: Buffer;
}
type KafkajsRecord = (record: object) => Encoded;
const kafkajsRecord = require('kafkajs/src/protocol/recordBatch/record/v0') as KafkajsRecord;
const { RecordBatch: kafkajsBatch } = require('kafkajs/src/protocol/recordBatch/v0') as {
  RecordBatch: (batch: object) => Promise<Encoded>;
};
const Long = require('kafkajs/src/utils/long') as { fromValue(value: string): unknown };

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const records = fc.array(
  fc.record({
    key: fc.option(bytes),
    value: fc.option(bytes),
    headers: fc.dictionary(
      fc.string({ minLength: 1, maxLength: 8 }),
      fc.oneof(bytes, fc.string(), fc.array(bytes, { maxLength: 3 })),
      { maxKeys: 3 },
    ),
  }),
  { minLength: 1, maxLength: 200 },
);
const fields = fc.record({
  timestamp: fc.integer({ min: 0, max: 4e12 }),
  producerId: fc.bigInt({ min: -1n, max: 2n ** 53n }),
  producerEpoch: fc.integer({ min: 0, max: 32_767 }),
  firstSequence: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  transactional: fc.boolean(),
});

/** The same batch by kafkajs' own encoder. */
async function byKafkajs(
  list: { key: Buffer | null; value: Buffer | null; headers: object }[],
  of: Omit<BatchFields, 'codec' | 'compress'>,
  compression = 0,
): Promise<Buffer> {
  const encoded = await kafkajsBatch({
    compression,
    records: list.map((record, offsetDelta) =>
      kafkajsRecord({ ...record, offsetDelta, timestampDelta: 0 }),
    ),
    firstTimestamp: of.timestamp,
    maxTimestamp: of.timestamp,
    producerId: Long.fromValue(String(of.producerId)),
    producerEpoch: of.producerEpoch,
    firstSequence: of.firstSequence,
    transactional: of.transactional,
    lastOffsetDelta: list.length - 1,
  });
  return encoded.buffer;
}

const none = Buffer.alloc(0);
const noCodec = {
  codec: 0,
  compress: () => Promise.reject(new Error('nothing is to be compressed')),
};

describe('the flat record batch encoder', () => {
  it('writes byte for byte what kafkajs writes', async () => {
    await fc.assert(
      fc.asyncProperty(records, fields, async (list, of) => {
        const flat = await encodeRecordBatch(list, { ...of, ...noCodec });
        expect(flat.equals(await byKafkajs(list, of))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('writes large batches and values likewise', async () => {
    const list = Array.from({ length: 3000 }, (_, i) => ({
      key: Buffer.from(`k${i}`),
      value: Buffer.alloc(i % 700, i),
      headers: {},
    }));
    list.push({ key: Buffer.alloc(0), value: Buffer.alloc(2_200_000, 7), headers: {} });
    const of = {
      timestamp: 1,
      producerId: -1n,
      producerEpoch: 0,
      firstSequence: 0,
      transactional: false,
    };
    const flat = await encodeRecordBatch(list, { ...of, ...noCodec });
    expect(flat.equals(await byKafkajs(list, of))).toBe(true);
  });

  it('writes records that lie in other buffers as if they had buffers of their own', async () => {
    await fc.assert(
      fc.asyncProperty(records, fields, async (list, of) => {
        const placed = list.map(({ key, value, headers }) => {
          const block = Buffer.concat([
            Buffer.of(9),
            key ?? none,
            Buffer.of(8),
            value ?? none,
            Buffer.of(7),
          ]);
          const [keyEnd, start] = [1 + (key?.length ?? 0), 2 + (key?.length ?? 0)];
          const end = start + (value?.length ?? 0);
          const source = new RecordView(
            0,
            0,
            undefined,
            block,
            key === null ? -1 : 1,
            keyEnd,
            value === null ? -1 : start,
            end,
          );
          return value === null
            ? { key: source.key, value: source.value, headers }
            : new EncodedRecord(source, block, start, end, headers);
        });
        const [own, lying] = await Promise.all(
          [list, placed].map((all) => encodeRecordBatch(all, { ...of, ...noCodec })),
        );
        expect(lying!.equals(own!)).toBe(true);
      }),
    );
  });

  it('compresses the records and nothing else', async () => {
    const list = [{ key: null, value: Buffer.alloc(5000, 1), headers: { a: 'b' } }];
    const of = {
      timestamp: 9,
      producerId: 4n,
      producerEpoch: 2,
      firstSequence: 7,
      transactional: true,
    };
    const flat = await encodeRecordBatch(list, {
      ...of,
      codec: 1,
      compress: (buffer) => promisify(gzip)(buffer),
    });
    expect(flat.equals(await byKafkajs(list, of, 1))).toBe(true);
    expect(flat.length).toBeLessThan(200);
  });
});

describe('CRC-32C', () => {
  it('gives the check value of its definition, and those of RFC 3720', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
    expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
    expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43);
    expect(crc32c(Buffer.from(Array.from({ length: 32 }, (_, i) => i)))).toBe(0x46dd794e);
  });
});
