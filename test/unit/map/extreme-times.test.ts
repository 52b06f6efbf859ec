import { parseSchema } from '../../../src/decode/avro-schema.ts';
import type { TimePart } from '../../../src/flow/features.ts';
import { makeContract } from '../../../src/map/contract.ts';
import { createMapper } from '../../../src/map/mapper.ts';
import { carriedBytes, fatesOf, framed, givenDecoder } from '../../support/avro-given.ts';
import { ByteSink } from '../../../src/decode/byte-sink.ts';
import { input, takes, type Feature } from './given.ts';

const eventOf = (type: unknown) => ({
  type: 'record',
  name: 'Event',
  fields: [{ name: 'at', type }],
});
const timestamp = (unit: string, type = 'long') => ({ type, logicalType: `timestamp-${unit}` });
const [LEAST, MOST] = [-(2n ** 63n), 2n ** 63n - 1n];
const DAY = { type: 'int', logicalType: 'date' };

function bytesOf(long: bigint): Buffer {
  const sink = new ByteSink(20, () => {
    throw new Error('full');
  });
  sink.long(long);
  return framed(1, sink.take());
}

/** The feature's numbers, or what the events died of. */
async function read(
  feature: Feature,
  reader: unknown,
  values: readonly bigint[],
  writer = reader,
): Promise<unknown[]> {
  const node = parseSchema(eventOf(reader));
  const made = makeContract(node, [input('x', feature)], [takes('x', 1, 'float64')], 'model.yaml');
  if (!('contract' in made)) throw new Error(JSON.stringify(made.problems));
  const { fields } = made.contract;
  const { decode } = givenDecoder({
    reader: eventOf(reader),
    writers: { 1: eventOf(writer) },
    fields,
  });
  const events = await decode(values.map(bytesOf));
  const [tensor] = createMapper(made.contract)(events);
  return fatesOf(events).map((fate, row) =>
    fate === 'alive' ? Number(tensor!.values[row]) : fate,
  );
}

const part = (of: TimePart, more: object = {}): Feature => ({ field: 'at', part: of, ...more });
const PARTS: readonly TimePart[] = [
  'hourOfDay',
  'dayOfWeek',
  'dayOfMonth',
  'monthOfYear',
  'isWeekend',
  'epochSeconds',
];

describe('times at the ends of their types', () => {
  it.each(PARTS)('have no %s where no calendar reaches, in any zone', async (name) => {
    for (const timeZone of ['UTC', 'America/New_York', 'Asia/Kolkata']) {
      for (const unit of ['millis', 'micros']) {
        const dead = await read(part(name, { timeZone }), timestamp(unit), [LEAST, MOST]);
        expect(dead).toEqual(['FEATURE_NOT_FINITE', 'FEATURE_NOT_FINITE']);
      }
    }
    if (name === 'hourOfDay') return;
    expect(await read(part(name), DAY, [-(2n ** 31n), 2n ** 31n - 1n])).toEqual([
      'FEATURE_NOT_FINITE',
      'FEATURE_NOT_FINITE',
    ]);
  });

  it('are no category, not even the one of those that nobody listed', async () => {
    const listed = { categories: [0, 1], unknown: 7 };
    expect(
      await read(part('hourOfDay', listed), timestamp('millis'), [MOST, 0n, 7_200_000n]),
    ).toEqual(['CATEGORY_UNKNOWN', 0, 7]);
    expect(
      await read(part('hourOfDay', { oneHot: [0], unknown: 'zeros' }), timestamp('millis'), [
        MOST,
        0n,
      ]),
    ).toEqual(['CATEGORY_UNKNOWN', 1]);
  });

  it('in nanoseconds are in the hour, to the last of them', async () => {
    const hour = 3_600_000_000_000n;
    const values = [498_824n * hour, 498_824n * hour - 1n, -1n, LEAST, MOST];
    expect(await read(part('hourOfDay'), timestamp('nanos'), values)).toEqual([8, 7, 23, 0, 23]);
    expect(
      await read(part('hourOfDay', { categories: [7], unknown: 5 }), timestamp('nanos'), values),
    ).toEqual([5, 0, 5, 5, 5]);
    expect(await read(part('epochSeconds'), timestamp('nanos'), [1_500_000_000n])).toEqual([1.5]);
  });

  it('before the year 100 have the hour of their zone', async () => {
    const values = [-62_135_596_800_000n - 86_400_000n, -62_135_596_800_000n, -60_000_000_000_000n];
    expect(
      await read(part('hourOfDay', { timeZone: 'Etc/GMT-2' }), timestamp('millis'), values),
    ).toEqual([2, 2, 15]);
    expect(
      await read(part('dayOfWeek', { timeZone: 'Etc/GMT-2' }), timestamp('millis'), values),
    ).toEqual([7, 1, 1]);
  });

  it('read in another unit are rounded down, or dead where that has no room, as a feature and carried', async () => {
    const values = [1_999n, -1n, LEAST, MOST, 9_007_199_254_739_999n];
    const down = [1, -1, Number(LEAST / 1000n) - 1, Number(MOST / 1000n), 9_007_199_254_739];
    expect(await read('at', timestamp('millis'), values, timestamp('micros'))).toEqual(down);
    expect(await read('at', timestamp('micros'), [MOST, 5n], timestamp('millis'))).toEqual([
      'FIELD_TYPE',
      5000,
    ]);
    const { decode } = givenDecoder({
      reader: eventOf(timestamp('millis')),
      writers: { 1: eventOf(timestamp('micros')) },
      carry: ['at'],
    });
    const events = await decode([bytesOf(1_999n), bytesOf(-1n)]);
    expect([0, 1].map((row) => [...carriedBytes(events, 0, row)])).toEqual([[2], [1]]);
  });
});

describe('times of which only one side says the unit', () => {
  it('are taken in the unit of the writer where the latest schema says none', async () => {
    const hours = [9n, 33n].map((hour) => hour * 3_600_000_000n);
    expect(await read(part('hourOfDay'), 'long', hours, timestamp('micros'))).toEqual([9, 9]);
    expect(
      await read(
        part('hourOfDay'),
        ['null', 'long'],
        [9n * 3_600_000_000_000n - 1n],
        timestamp('nanos'),
      ),
    ).toEqual([8]);
    expect(await read(part('dayOfWeek'), 'int', [4n], DAY)).toEqual([1]);
    expect(await read(part('hourOfDay'), 'double', hours, timestamp('micros'))).toEqual([9, 9]);
    expect(await read(part('hourOfDay'), 'long', [9n * 3_600_000n])).toEqual([9]);
    const micro = { type: 'long', 'connect.name': 'io.debezium.time.MicroTimestamp' };
    expect(await read(part('hourOfDay'), 'long', hours, micro)).toEqual([9, 9]);
  });

  it('are taken in the unit of the latest schema where the writer says none', async () => {
    expect(
      await read(part('hourOfDay'), timestamp('micros'), [9n * 3_600_000_000n], 'long'),
    ).toEqual([9]);
  });

  it('are dead where the writer says a unit that nobody knows', async () => {
    const strange = { type: 'long', logicalType: 'timestamp-fortnights' };
    expect(await read(part('hourOfDay'), 'long', [1n], strange)).toEqual(['FIELD_TYPE']);
    expect(await read('at', 'long', [1n], strange)).toEqual([1]);
  });
});
