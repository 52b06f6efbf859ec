import { UNLABELLED } from '../../../src/compare/compared-batch.ts';
import { LabelTable } from '../../../src/compare/label-table.ts';
import { createEventFacts, type FactPaths } from '../../../src/compose/event-facts.ts';
import { labelJoinOf } from '../../../src/compose/label-join.ts';
import { oneWriter, recordOf } from '../../../src/compose/score-events.ts';
import type { Settings } from '../../../src/config/settings.ts';
import { jsonEncoder } from '../../../src/decode/avro-json.ts';
import { parseSchema } from '../../../src/decode/avro-schema.ts';
import { scorerErrorOf } from '../../support/thrown.ts';

const reader = parseSchema({
  type: 'record',
  name: 'Event',
  fields: [
    { name: 'id', type: ['null', 'string', 'long'], default: null },
    { name: 'big', type: 'long' },
    { name: 'abroad', type: ['null', 'boolean'], default: null },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-micros' } },
    { name: 'clock', type: { type: 'int', logicalType: 'time-millis' } },
    {
      name: 'amount',
      type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 }],
      default: null,
    },
    { name: 'tags', type: { type: 'map', values: 'string' } },
    { name: 'items', type: { type: 'array', items: 'string' } },
  ],
});
const encode = jsonEncoder(reader);
const settings = {
  input: { topics: ['in'] },
  schemaRegistry: { unknownIdRetryMs: 0 },
} as unknown as Settings;

const EVENT = { big: 1, at: 0, clock: 0, tags: {}, items: [] };

function factsOf(
  paths: FactPaths,
  events: readonly object[],
  labels?: LabelTable,
  unlabelled = 'ignore',
) {
  const joined = labels && labelJoinOf({ labels: 'x', labelId: 'id', unlabelled })!;
  const facts = createEventFacts({
    paths,
    labels: joined && { join: joined.join, table: labels },
    settings,
    registry: oneWriter(reader),
    topic: 'in',
    reader,
  });
  const records = events.map((event, index) =>
    recordOf({ index, avro: encode({ ...EVENT, ...event }) }),
  );
  return facts({ topic: 'in', partition: 0, records, closedBy: 'end' });
}

describe('what is read of events beside their scores', () => {
  it.each([
    ['id', [{ id: 'a' }, { id: 7 }, {}], ['a', '7', '(none)']],
    ['big', [{ big: 9007199254740993n }], ['9007199254740993']],
    ['abroad', [{ abroad: true }, { abroad: false }, {}], ['true', 'false', '(none)']],
    ['tags.channel', [{ tags: { channel: 'web' } }, {}], ['web', '(none)']],
    ['id', [{ id: '(none)' }, { id: '"(other)"' }], ['"(none)"', '""(other)""']],
    ['items[1]', [{ items: ['x', 'y'] }, { items: ['x'] }], ['y', '(none)']],
  ])('groups by %s', async (by, events, segment) => {
    expect((await factsOf({ by }, events)).segment).toEqual(segment);
  });

  it('takes amounts that are decimals, and times by their unit', async () => {
    const facts = await factsOf({ amount: 'amount', time: 'at' }, [
      { amount: 12.34, at: 1_500_000 },
      { at: -1 },
    ]);
    expect([...facts.amount!]).toEqual([12.34, NaN]);
    expect([...facts.time!]).toEqual([1500, -0.001]);
    expect(facts.label).toBeNull();
  });

  it('finds labels by the id, and may count all others as 0', async () => {
    const table = new LabelTable(10);
    table.add('a', 1);
    table.add('7', 0);
    const events = [{ id: 'a' }, { id: 7 }, { id: 'b' }, {}];
    expect([...(await factsOf({}, events, table)).label!]).toEqual([1, 0, UNLABELLED, UNLABELLED]);
    expect([...(await factsOf({}, events, table, '0')).label!]).toEqual([1, 0, 0, 0]);
    expect(table.counts.joined).toBe(4);
  });

  it('refuses all fields that do not fit, together', async () => {
    const paths = { by: 'items', amount: 'id2', time: 'clock' };
    const { code, problems } = await scorerErrorOf(() => factsOf(paths, []));
    expect(code).toBe('INPUT_INVALID');
    expect(problems.map(({ where }) => where)).toEqual(['--by', '--amount', '--time']);
  });
});
