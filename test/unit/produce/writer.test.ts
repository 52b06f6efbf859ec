import { Fates } from '../../../src/flow/fates.ts';
import type { Outcome } from '../../../src/flow/outcome.ts';
import { headersByName, headersInOrder, type Header } from '../../../src/flow/headers.ts';
import type { OutputRecord } from '../../../src/flow/record.ts';
import { createWriter, type Persist } from '../../../src/produce/writer.ts';
import { FakeSink } from '../../support/fake-sink.ts';
import { batchOf, inputRecord, inputRecords, outcomeOf } from '../../support/given-records.ts';
import { scorerErrorOf } from '../../support/thrown.ts';

const once: Persist = (write) => write();

/** Tries again at once until it works. */
const again: Persist = async (write) => {
  for (let attempt = 0; attempt < 10; attempt++) {
    try {
      return await write();
    } catch {
      // away; the next attempt tells
    }
  }
  throw new Error('still away');
};

interface Given {
  readonly partitioning?: 'same' | 'key';
  readonly includePayload?: boolean;
  readonly persist?: Persist;
}

function write(
  sink: FakeSink,
  outcome: Outcome | readonly Outcome[],
  given: Given = {},
): Promise<void> {
  const { partitioning = 'same', includePayload = true, persist = once } = given;
  const run = createWriter({
    output: { topic: 'out', partitioning },
    deadLetter: { topic: 'dead', includePayload },
  });
  return run([outcome].flat(), sink, persist);
}

const values = (records: readonly OutputRecord[]): (string | undefined)[] =>
  records.map(({ value }) => value?.toString());
const offsetsIn = (records: readonly OutputRecord[]): unknown[] =>
  records.map(({ headers }) => headers?.['__connect.errors.offset']);

/** A batch in which one row is dead. */
function withDeadRow(row: number, record = inputRecord(row)): Outcome {
  const records = inputRecords(3).map((other, i) => (i === row ? record : other));
  const fates = new Fates(3);
  fates.kill(row, 'decode', 'AVRO_TRUNCATED', 'the value ends early');
  return outcomeOf(batchOf(records, 2), fates);
}

describe('dead letters', () => {
  it('go in the order of their records, whichever stage each died in', async () => {
    const sink = new FakeSink({ out: 1, dead: 1 });
    const fates = new Fates(4);
    fates.kill(2, 'decode', 'AVRO_INVALID', 'not framed');
    fates.kill(0, 'decode', 'AVRO_TRUNCATED', 'the value ends early');
    fates.kill(1, 'map', 'FIELD_NULL', 'null');
    await write(sink, outcomeOf(batchOf(inputRecords(4)), fates));
    expect(offsetsIn(sink.log('dead', 0))).toEqual(['0', '1', '2']);
  });
});

describe('score records', () => {
  it('go to the partition number of their input, in order', async () => {
    const sink = new FakeSink({ out: 4, dead: 4 });
    await write(sink, outcomeOf(batchOf(inputRecords(4, 10), 3)));
    expect(values(sink.log('out', 3))).toEqual(['s10', 's11', 's12', 's13']);
    expect(sink.asked).toHaveLength(1);
  });

  it('go by key where the output has other partitions, in order per key', async () => {
    const sink = new FakeSink({ out: 5, dead: 1 });
    const records = Array.from({ length: 60 }, (_, i) =>
      inputRecord(i, { key: Buffer.from(`k${i % 7}`) }),
    );
    await write(sink, outcomeOf(batchOf(records)), { partitioning: 'key' });
    const seen = new Map<string, number[]>();
    for (const [partition, log] of sink.topics.get('out')!.entries()) {
      for (const { key, value } of log) {
        expect(sink.partitionOf(key, 5, 0)).toBe(partition);
        seen.set(key!.toString(), [
          ...(seen.get(key!.toString()) ?? []),
          Number(value!.toString().slice(1)),
        ]);
      }
    }
    expect([...seen.values()].flat()).toHaveLength(60);
    for (const offsets of seen.values())
      expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
  });

  it('without a key go by the partition of their input', async () => {
    const sink = new FakeSink({ out: 3, dead: 1 });
    await write(sink, outcomeOf(batchOf([inputRecord(0, { key: null })], 4)), {
      partitioning: 'key',
    });
    expect(values(sink.log('out', 1))).toEqual(['s0']);
  });

  it('are none for a batch of nothing but tombstones', async () => {
    const sink = new FakeSink({ out: 1, dead: 1 });
    const fates = new Fates(2);
    fates.skip(0);
    fates.skip(1);
    await write(sink, outcomeOf(batchOf(inputRecords(2)), fates));
    expect(sink.asked).toEqual([]);
  });
});

describe('dead letters', () => {
  it('keep key, value and headers as they came, and say why in the headers of Kafka Connect', async () => {
    const sink = new FakeSink({ out: 4, dead: 4 });
    const headers = { traceparent: Buffer.from('00-a'), tag: [Buffer.from('x'), Buffer.from('y')] };
    const record = inputRecord(1, { key: Buffer.of(0, 255), value: Buffer.of(1, 2, 3), headers });
    await write(sink, withDeadRow(1, record));
    expect(sink.log('dead', 2)).toEqual([
      {
        key: Buffer.of(0, 255),
        value: Buffer.of(1, 2, 3),
        headers: {
          ...headers,
          '__connect.errors.topic': 'in',
          '__connect.errors.partition': '2',
          '__connect.errors.offset': '1',
          '__connect.errors.stage': 'decode',
          '__connect.errors.exception.class.name': 'AVRO_TRUNCATED',
          '__connect.errors.exception.message': 'the value ends early',
        },
      },
    ]);
    expect(values(sink.log('out', 2))).toEqual(['s0', 's2']);
  });

  it('keep the order of their headers; those of an earlier dead letter give way', async () => {
    const sink = new FakeSink({ out: 4, dead: 4 });
    const came: Header[] = [
      ['tag', 'x'],
      ['__connect.errors.offset', '77'],
      ['9', 'y'],
      ['tag', 'z'],
    ];
    await write(sink, withDeadRow(1, inputRecord(1, { headers: headersByName(came) })));
    const headers = headersInOrder(sink.log('dead', 2)[0]!.headers!);
    expect(headers.slice(0, 3)).toEqual([
      ['tag', 'x'],
      ['9', 'y'],
      ['tag', 'z'],
    ]);
    expect(headers.filter(([name]) => name === '__connect.errors.offset')).toEqual([
      ['__connect.errors.offset', '1'],
    ]);
  });

  it('go without their payload where the configuration says so', async () => {
    const sink = new FakeSink({ out: 4, dead: 4 });
    await write(sink, withDeadRow(1), { includePayload: false });
    expect(sink.log('dead', 2)).toMatchObject([{ key: null, value: null }]);
    const names = Object.keys(sink.log('dead', 2)[0]!.headers!);
    expect(names.filter((name) => !name.startsWith('__connect.errors.'))).toEqual([]);
  });

  it('fit into a topic with fewer partitions', async () => {
    const sink = new FakeSink({ out: 4, dead: 2 });
    await write(sink, withDeadRow(0));
    expect(offsetsIn(sink.log('dead', 0))).toEqual(['0']);
  });

  it('are also what becomes of score records that the broker refuses', async () => {
    const sink = new FakeSink(
      { out: 4, dead: 4 },
      ({ value }, topic) => topic !== 'out' || value?.toString() !== 's2',
    );
    const outcome = withDeadRow(0);
    await write(sink, outcome);
    expect(values(sink.log('out', 2))).toEqual(['s1']);
    expect(sink.log('dead', 2)).toMatchObject([
      { headers: { '__connect.errors.exception.class.name': 'AVRO_TRUNCATED' } },
      {
        value: Buffer.from('2'), // the input, not the score
        headers: {
          '__connect.errors.exception.class.name': 'OUTPUT_TOO_LARGE',
          '__connect.errors.stage': 'produce',
          '__connect.errors.offset': '2',
        },
      },
    ]);
    expect(outcome.fates.alive).toBe(1);
  });

  it('name the right record when refused by key', async () => {
    const sink = new FakeSink({ out: 5, dead: 1 }, ({ value }) => value?.toString() !== 's33');
    const records = Array.from({ length: 60 }, (_, i) =>
      inputRecord(i, { key: Buffer.from(`k${i % 7}`) }),
    );
    await write(sink, outcomeOf(batchOf(records)), { partitioning: 'key' });
    expect(offsetsIn(sink.log('dead'))).toEqual(['33']);
  });

  it('go without the payload when they are too large themselves, and then with nothing but place and reason', async () => {
    const large = (record: OutputRecord): boolean =>
      (record.value?.length ?? 0) > 100 || (record.key?.length ?? 0) > 100;
    const sink = new FakeSink({ out: 4, dead: 1 }, (record) => !large(record));
    const fates = new Fates(3);
    const records = [
      inputRecord(0),
      inputRecord(1, { value: Buffer.alloc(101) }),
      inputRecord(2, { key: Buffer.alloc(101), headers: { mine: 'x' } }),
    ];
    for (const row of records.keys()) fates.kill(row, 'decode', 'AVRO_INVALID', 'bad');
    await write(sink, outcomeOf(batchOf(records), fates));
    expect(offsetsIn(sink.log('dead'))).toEqual(['0', '1', '2']);
    expect(sink.log('dead')).toMatchObject([
      { key: Buffer.from('0'), value: Buffer.from('0') },
      { key: Buffer.from('1'), value: null },
      { key: null, value: null },
    ]);
    expect(sink.log('dead')[2]!.headers).not.toHaveProperty('mine');
  });

  it('are never dropped: where not even the place is taken, the service ends', async () => {
    const sink = new FakeSink({ out: 4, dead: 1 }, (_record, topic) => topic !== 'dead');
    const { code } = await scorerErrorOf(() => write(sink, withDeadRow(0)));
    expect(code).toBe('DESTINATION_UNAVAILABLE');
  });
});

describe('batches that come together', () => {
  it.each(['same', 'key'] as const)(
    'are written in one send, in order (partitioning: %s)',
    async (partitioning) => {
      const sink = new FakeSink({ out: 1, dead: 1 });
      const batches = [inputRecords(3), inputRecords(2, 3), inputRecords(4, 5)].map((records) =>
        batchOf(records),
      );
      await write(
        sink,
        batches.map((batch) => outcomeOf(batch)),
        { partitioning },
      );
      expect(values(sink.log('out', 0))).toEqual(Array.from({ length: 9 }, (_, i) => `s${i}`));
      expect(sink.asked).toHaveLength(1);
    },
  );

  it('have their dead letters in order, among them what the broker refuses of any of them', async () => {
    const sink = new FakeSink(
      { out: 1, dead: 1 },
      ({ value }) => !['s4', 's7'].includes(String(value)),
    );
    const fates = [3, 3, 3].map((rows) => new Fates(rows));
    fates[0]!.kill(2, 'map', 'FIELD_NULL', 'null');
    fates[1]!.kill(2, 'map', 'FIELD_NULL', 'null');
    fates[2]!.kill(0, 'decode', 'AVRO_INVALID', 'not framed');
    const outcomes = fates.map((fate, i) => outcomeOf(batchOf(inputRecords(3, 3 * i)), fate));
    await write(sink, outcomes);
    expect(values(sink.log('out', 0))).toEqual(['s0', 's1', 's3', 's8']);
    expect(offsetsIn(sink.log('dead', 0))).toEqual(['2', '4', '5', '6', '7']);
    expect(fates.map(({ alive }) => alive)).toEqual([2, 1, 1]);
  });
});

describe('after an outage', () => {
  it('only what was not acknowledged is written again', async () => {
    const sink = new FakeSink({ out: 4, dead: 4 });
    sink.script.push(false, false, true, false, true);
    await write(sink, withDeadRow(1), { persist: again });
    expect(sink.asked.map(({ to }) => to.topic)).toEqual(['out', 'out', 'out', 'dead', 'dead']);
    expect(values(sink.log('out', 2))).toEqual(['s0', 's2']);
    expect(offsetsIn(sink.log('dead', 2))).toEqual(['1']);
  });
});
