import { FetchedRecord, FetchedRecords } from '../../../../src/kafkajs/fetch/fetched-records.ts';
import { hideAborted } from '../../../../src/kafkajs/fetch/hide-aborted.ts';
import { DEFAULT_LIMITS } from '../../../../src/kafkajs/fetch/fetch-limits.ts';
import { RawBatches, readWithin } from '../../../../src/kafkajs/fetch/kafka-fetch-patch.ts';
import { encodeRecordBatch } from '../../../../src/kafkajs/send/record-batch.ts';
import { checksummed } from '../../../support/checksummed.ts';

type Kind = 'data' | 'commit' | 'abort' | 'plain';

/** Records at ascending offsets from 0: what they are, of which producer, with which key. */
function recordsOf(...entries: [kind: Kind, producerId: string, key?: Buffer][]): FetchedRecords {
  const records = new FetchedRecords();
  entries.forEach(([kind, producerId, key = Buffer.from('k')], offset) => {
    const marker = kind === 'commit' || kind === 'abort';
    const markerKey = Buffer.from([0, 0, 0, kind === 'commit' ? 1 : 0]);
    const context = { producerId, inTransaction: kind !== 'plain' };
    const block = marker ? markerKey : key;
    records.push(
      new FetchedRecord(marker, context, offset, 0, undefined, block, 0, block.length, 0, 0),
    );
    records.hidden ||= marker;
  });
  return records;
}

const visible = (records: FetchedRecords): number[] =>
  records.filter((record) => !record.isControlRecord).map(({ offset }) => offset);

describe('records of aborted transactions', () => {
  it('are hidden from the first to the marker, and keep their places', () => {
    const records = recordsOf(
      ['data', '7'],
      ['data', '7'],
      ['abort', '7'],
      ['data', '7'],
      ['commit', '7'],
    );
    hideAborted(records, [{ producerId: '7', firstOffset: '0' }]);
    expect(visible(records)).toEqual([3]);
    expect(records).toHaveLength(5);
  });

  it('of one producer do not hide those of another, nor records outside of transactions', () => {
    const records = recordsOf(
      ['data', '7'],
      ['data', '8'],
      ['plain', '7'],
      ['abort', '7'],
      ['commit', '8'],
    );
    hideAborted(records, [{ producerId: '7', firstOffset: '0' }]);
    expect(visible(records)).toEqual([1, 2]);
  });

  // kafkajs takes such a key for the marker, and hands on what follows.
  it('are hidden also where a key is the number 0', () => {
    const records = recordsOf(['data', '7', Buffer.alloc(4)], ['data', '7'], ['abort', '7']);
    hideAborted(records, [{ producerId: '7', firstOffset: '0' }]);
    expect(visible(records)).toEqual([]);
  });

  // The broker lists them by their ends; kafkajs looks only at the first of the list.
  it('are hidden in whatever order they are listed', () => {
    const records = recordsOf(
      ['data', '7'],
      ['data', '8'],
      ['abort', '8'],
      ['data', '7'],
      ['abort', '7'],
      ['plain', '-1'],
    );
    hideAborted(records, [
      { producerId: '8', firstOffset: '1' },
      { producerId: '7', firstOffset: '0' },
    ]);
    expect(visible(records)).toEqual([5]);
  });

  it('that began before the fetch are hidden up to the marker', () => {
    const records = recordsOf(['data', '7'], ['abort', '7'], ['data', '7'], ['commit', '7']);
    hideAborted(records, [{ producerId: '7', firstOffset: '-50' }]);
    expect(visible(records)).toEqual([2]);
  });

  it('are hidden in whatever a broker answers, and nothing is left for kafkajs to filter', async () => {
    const fields = {
      timestamp: 5,
      producerId: 7n,
      producerEpoch: 0,
      firstSequence: 0,
      transactional: true,
      codec: 0,
    };
    const encode = (key: Buffer) =>
      encodeRecordBatch([{ key, value: Buffer.from('v') }], {
        ...fields,
        compress: () => Promise.reject(new Error()),
      });
    const [data, marker] = await Promise.all([
      encode(Buffer.from('k')),
      encode(Buffer.from([0, 0, 0, 0])),
    ]);
    marker.writeBigInt64BE(1n, 0);
    marker.writeInt16BE(marker.readInt16BE(21) | 0x20, 21); // a control batch
    checksummed(marker);
    const partition = {
      partition: 0,
      highWatermark: '2',
      abortedTransactions: [{ producerId: '7', firstOffset: '0' }],
      messages: new RawBatches(Buffer.concat([data, marker])) as unknown,
    };
    const broker = {
      fetch: () => Promise.resolve({ responses: [{ topicName: 't', partitions: [partition] }] }),
    };
    readWithin(
      broker,
      () => Promise.reject(new Error('nothing is compressed')),
      () => DEFAULT_LIMITS,
    );
    await (broker.fetch as (request: unknown) => Promise<unknown>)({
      topics: [{ topic: 't', partitions: [{ partition: 0, fetchOffset: '0' }] }],
    });
    expect((partition.messages as FetchedRecords).length).toBe(2);
    expect(visible(partition.messages as FetchedRecords)).toEqual([]);
    expect(partition.abortedTransactions).toEqual([]);
  });
});

describe('filtering', () => {
  it('records of which all are visible gives them as they are', () => {
    const records = recordsOf(['plain', '-1'], ['plain', '-1']);
    expect(records.filter(({ offset }) => offset >= 0)).toBe(records);
  });

  it('from an offset on leaves out what lies before', () => {
    const records = recordsOf(['plain', '-1'], ['plain', '-1'], ['plain', '-1']);
    expect(records.filter(({ offset }) => offset >= 1).map(({ offset }) => offset)).toEqual([1, 2]);
  });
});
