import fc from 'fast-check';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { headersByName, headersInOrder, type Header } from '../../../../src/flow/headers.ts';
import { DEFAULT_LIMITS } from '../../../../src/kafkajs/fetch/fetch-limits.ts';
import { flat, RawBatches } from '../../../../src/kafkajs/fetch/kafka-fetch-patch.ts';
import { decompressWithin } from '../../../../src/kafkajs/kafka-codecs.ts';
import { readRecordBatches } from '../../../../src/kafkajs/fetch/record-batches.ts';
import { encodeRecordBatch, type BatchFields } from '../../../../src/kafkajs/send/record-batch.ts';
import { checksummed } from '../../../support/checksummed.ts';

interface Message {
  readonly offset: string | number;
  readonly timestamp: string | number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: Record<string, unknown> | undefined;
  readonly isControlRecord: boolean;
  readonly batchContext: { readonly producerId: string; readonly inTransaction: boolean };
}

const require = createRequire(import.meta.url);
const Decoder = require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => never;
const byKafkajs = require('kafkajs/src/protocol/requests/fetch/v4/decodeMessages') as (
  decoder: never,
) => Promise<Message[]>;
const LOG_APPEND_TIME = 0x08;
const CONTROL = 0x20;
const GZIP = 1;
const zipped = { codec: GZIP, compress: promisify(gzip) as (bytes: Buffer) => Promise<Buffer> };
const plain = {
  codec: 0,
  compress: () => Promise.reject(new Error('nothing is to be compressed')),
};
const reading = { decompress: decompressWithin, limits: DEFAULT_LIMITS, from: 0 };

/** As the two hooks into kafkajs do it together. */
async function byUs(response: Buffer): Promise<Message[]> {
  const messages = await flat(byKafkajs as never)(new Decoder(response));
  return messages instanceof RawBatches
    ? readRecordBatches(messages.bytes, reading)
    : (messages as Message[]);
}

const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
const record = fc.record({
  key: fc.option(bytes),
  value: fc.option(bytes),
  headers: fc.dictionary(
    // kafkajs errs where an object has the name already: toString, __proto__
    fc.string({ minLength: 1, maxLength: 8 }).filter((name) => !(name in {})),
    fc.oneof(bytes, fc.array(bytes, { minLength: 1, maxLength: 3 })),
    { maxKeys: 3 },
  ),
});
const batch = fc.record({
  records: fc.array(record, { minLength: 1, maxLength: 60 }),
  baseOffset: fc.oneof(
    fc.integer({ min: 0, max: 1000 }),
    fc.integer({ min: 2 ** 40, max: 2 ** 52 }),
  ),
  timestamp: fc.integer({ min: 0, max: 4e12 }),
  producerId: fc.bigInt({ min: -1n, max: 2n ** 53n }),
  transactional: fc.boolean(),
  bits: fc.constantFrom(0, LOG_APPEND_TIME, CONTROL),
  packed: fc.boolean(),
});
type Given = typeof batch extends fc.Arbitrary<infer T> ? T : never;

async function encoded({ records, baseOffset, bits, packed, ...of }: Given): Promise<Buffer> {
  const fields: BatchFields = {
    ...of,
    producerEpoch: 0,
    firstSequence: 0,
    ...(packed ? zipped : plain),
  };
  const buffer = await encodeRecordBatch(records, fields);
  buffer.writeBigInt64BE(BigInt(baseOffset), 0);
  buffer.writeInt16BE(buffer.readInt16BE(21) | bits, 21);
  return checksummed(buffer);
}

/** As they lie in a response: the size, then the batches. */
function inResponse(batches: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeInt32BE(batches.length);
  return Buffer.concat([size, batches]);
}

const seen = (messages: readonly Message[]): unknown[] =>
  messages.map(({ offset, timestamp, key, value, headers, isControlRecord, batchContext }) => ({
    offset: Number(offset),
    timestamp: Number(timestamp),
    key,
    value,
    headers: headers ?? {},
    isControlRecord,
    producerId: batchContext.producerId,
    inTransaction: batchContext.inTransaction,
  }));

describe('fetched record batches', () => {
  it('come out as kafkajs reads them, whatever is in them and wherever the last one is cut off', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(batch, { minLength: 1, maxLength: 4 }),
        fc.nat(),
        async (batches, cut) => {
          let next = 0;
          const ascending = batches.map((one) => {
            const baseOffset = Math.max(next, one.baseOffset);
            next = baseOffset + one.records.length;
            return { ...one, baseOffset };
          });
          const whole = Buffer.concat(await Promise.all(ascending.map(encoded)));
          // kafkajs reads beyond the end of what is shorter than its look for the format.
          const response = inResponse(whole.subarray(0, Math.max(17, whole.length - (cut % 100))));
          const [expected, got] = await Promise.all([
            byKafkajs(new Decoder(response)),
            byUs(response),
          ]);
          expect(seen(got)).toEqual(seen(expected));
        },
      ),
    );
  });

  it('cut off anywhere are left out', async () => {
    const whole = await encodeRecordBatch([{ key: null, value: null }], {
      ...fieldsOf(),
      ...plain,
    });
    for (let length = 1; length < whole.length; length++) {
      expect(await byUs(inResponse(whole.subarray(0, length)))).toHaveLength(0);
    }
    expect(await byUs(inResponse(whole))).toHaveLength(1);
  });

  it('keep a header of any name', async () => {
    const headers = JSON.parse('{"__proto__":"a","constructor":"b"}') as Record<string, string>;
    const buffer = await encodeRecordBatch([{ key: null, value: null, headers }], {
      ...fieldsOf(),
      ...plain,
    });
    const [only] = await readRecordBatches(buffer, reading);
    expect(
      Object.entries(only!.headers!).map(([name, value]) => `${name}=${String(value)}`),
    ).toEqual(['__proto__=a', 'constructor=b']);
  });

  it('keep the order of their headers, of one name and of several', async () => {
    const given: Header[] = [
      ['tag', Buffer.of(1)],
      ['7', Buffer.of(2)],
      ['tag', null],
      ['0', Buffer.of(3)],
    ];
    const record_ = { key: null, value: null, headers: headersByName(given) };
    const buffer = await encodeRecordBatch([record_], { ...fieldsOf(), ...plain });
    const [only] = await readRecordBatches(buffer, reading);
    expect(headersInOrder(only!.headers!)).toEqual(given);
  });

  // kafkajs spreads a batch's records over the arguments of a call, of which there may not be so
  // many.
  it('may have more records than a call can have arguments', async () => {
    const records = Array.from({ length: 200_000 }, () => ({ key: null, value: null }));
    const read = await readRecordBatches(
      await encodeRecordBatch(records, { ...fieldsOf(), ...zipped }),
      reading,
    );
    expect([read.length, read.at(-1)!.offset]).toEqual([200_000, 199_999]);
  });

  it('end with a hidden record where compaction has taken the last ones', async () => {
    const buffer = await encodeRecordBatch([{ key: null, value: Buffer.from('a') }], {
      ...fieldsOf(),
      ...plain,
    });
    buffer.writeInt32BE(9, 23); // the last offset delta, which compaction leaves as it was
    const read = await readRecordBatches(checksummed(buffer), reading);
    expect(read.map(({ offset, isControlRecord }) => [offset, isControlRecord])).toEqual([
      [0, false],
      [9, true],
    ]);
    expect(read.filter((record_) => !record_.isControlRecord)).toHaveLength(1);
  });

  it('whose producer wrote lengths that lie are told of by their offsets, whichever byte is wrong, and never a hang', async () => {
    const records = [
      { key: Buffer.from('key'), value: Buffer.from('value'), headers: { a: 'b' } },
      { key: null, value: Buffer.from('w') },
    ];
    const whole = await encodeRecordBatch(records, { ...fieldsOf(), ...plain });
    const outcomes = new Set<string>();
    for (let at = 61; at < whole.length; at++) {
      const broken = Buffer.from(whole);
      broken[at] = 0xff;
      const read = await readRecordBatches(checksummed(broken), reading);
      expect(read.at(-1)!.offset).toBeGreaterThanOrEqual(1);
      for (const { unread } of read) outcomes.add(unread?.code ?? 'read');
    }
    expect([...outcomes].sort()).toEqual(['BATCH_UNREADABLE', 'read']);
  });

  it.each([
    [1, 'gzip'],
    [2, 'snappy'],
    [3, 'lz4'],
    [4, 'zstd'],
  ])(
    'whose producer wrote what codec %i (%s) does not unpack are told of by their offsets',
    async (codec) => {
      const records = [
        { key: null, value: Buffer.from('a') },
        { key: null, value: Buffer.from('b') },
      ];
      const compress = (): Promise<Buffer> =>
        Promise.resolve(Buffer.from('this was packed by nobody'));
      const broken = await encodeRecordBatch(records, { ...fieldsOf(), codec, compress });
      const good = await encodeRecordBatch([{ key: null, value: Buffer.from('c') }], {
        ...fieldsOf(),
        ...plain,
      });
      good.writeBigInt64BE(2n, 0);
      const read = await readRecordBatches(Buffer.concat([broken, good]), reading);
      expect(read.map(({ offset, unread }) => [offset, unread?.code])).toEqual([
        [0, 'BATCH_UNREADABLE'],
        [1, 'BATCH_UNREADABLE'],
        [2, undefined],
      ]);
      expect(read[0]!.unread).toBe(read[1]!.unread); // one fault
    },
  );

  it('are corrupt where any byte of them is another than the broker took, and what comes before is read', async () => {
    const good = await encodeRecordBatch([{ key: null, value: Buffer.from('a') }], {
      ...fieldsOf(),
      ...plain,
    });
    const whole = await encodeRecordBatch([{ key: null, value: Buffer.from('value') }], {
      ...fieldsOf(),
      ...plain,
    });
    whole.writeBigInt64BE(1n, 0);
    for (let at = 17; at < whole.length; at++) {
      const broken = Buffer.from(whole);
      broken[at]! ^= 0x01;
      const offsets = (await readRecordBatches(Buffer.concat([good, broken]), reading)).map(
        ({ offset }) => offset,
      );
      expect(offsets).toEqual([0]);
      // The last offset is among the bytes that may be wrong.
      if (at >= 23 && at <= 26) continue;
      const next = readRecordBatches(Buffer.concat([good, broken]), { ...reading, from: 1 });
      await expect(next).rejects.toMatchObject({
        name: 'CorruptBatch',
        firstOffset: 1,
        lastOffset: 1,
      });
    }
  });

  it('wait where they have a codec that is unknown, as their records may be good', async () => {
    const batch_ = await encodeRecordBatch([{ key: null, value: null }], {
      ...fieldsOf(),
      ...plain,
    });
    batch_.writeInt16BE(6, 21);
    await expect(readRecordBatches(checksummed(batch_), reading)).rejects.toThrow('codec 6');
  });

  it('are no fault of their producer where memory runs out', async () => {
    const batch_ = await encodeRecordBatch([{ key: null, value: null }], {
      ...fieldsOf(),
      ...zipped,
    });
    for (const error of [
      new RangeError('Array buffer allocation failed'),
      Object.assign(new Error('x'), { code: 'Z_MEM_ERROR' }),
    ]) {
      const decompress = (): Promise<Buffer> => Promise.reject(error);
      await expect(readRecordBatches(batch_, { ...reading, decompress })).rejects.toBe(error);
    }
  });

  it('of an old format are left to kafkajs, as is an empty answer', async () => {
    const asked: unknown[] = [];
    const reader = flat((decoder) => {
      asked.push(decoder);
      return Promise.resolve(['its own']);
    });
    const old = Buffer.alloc(60);
    expect(await reader(new Decoder(inResponse(old)))).toEqual(['its own']);
    expect(await reader(new Decoder(inResponse(Buffer.alloc(0))))).toEqual(['its own']);
    expect(asked).toHaveLength(2);
  });
});

function fieldsOf() {
  return {
    timestamp: 5,
    producerId: -1n,
    producerEpoch: -1,
    firstSequence: -1,
    transactional: false,
  };
}
