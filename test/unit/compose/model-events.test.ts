import { completed, fieldsOfModel } from '../../../src/compose/model-events.ts';
import { jsonEncoder } from '../../../src/decode/avro-json.ts';
import { parseSchema } from '../../../src/decode/avro-schema.ts';

const event = parseSchema({
  type: 'record',
  name: 'Event',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'amount', type: 'double', aliases: ['price'] },
    { name: 'kind', type: { type: 'enum', name: 'Kind', symbols: ['A', 'B'] } },
    { name: 'note', type: ['null', 'string'] },
    { name: 'level', type: 'int', default: 7 },
    { name: 'hash', type: { type: 'fixed', name: 'Hash', size: 2 } },
    { name: 'money', type: { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 } },
    { name: 'tags', type: { type: 'map', values: 'string' } },
    {
      name: 'items',
      type: {
        type: 'array',
        items: { type: 'record', name: 'Item', fields: [{ name: 'price', type: 'double' }] },
      },
    },
    {
      name: 'who',
      type: [
        'null',
        {
          type: 'record',
          name: 'Who',
          fields: [
            { name: 'age', type: 'int' },
            { name: 'name', type: 'string' },
          ],
        },
      ],
    },
  ],
});

const inputs = (...fields: string[]) => [
  { name: 'x', features: fields.map((field) => ({ field, transforms: [] })) },
];

describe('the fields that a model reads', () => {
  it('are carried as they are, or by the field that holds them', () => {
    const fields = ['price', 'items[0].price', 'tags.country', 'who.age', 'amount'];
    expect(fieldsOfModel(event, inputs(...fields))).toEqual(['amount', 'items', 'tags', 'who.age']);
  });
});

describe('an event with only some fields', () => {
  it('gets neutral values where the schema requires a field', () => {
    const whole = completed({ amount: 2, who: { age: 3 } }, event);
    expect(whole).toEqual({
      id: '',
      amount: 2,
      kind: 'A',
      note: null,
      hash: '\0\0',
      money: 0,
      tags: {},
      items: [],
      who: { age: 3, name: '' },
    });
    expect(() => jsonEncoder(event)(whole)).not.toThrow();
    expect(completed({ who: null }, event)).toMatchObject({ who: null });
  });
});
