import { parseSchema } from '../../../src/decode/avro-schema.ts';
import { definedTwice } from '../../../src/encode/one-definition.ts';

const money = (type: string) => ({
  type: 'record',
  name: 'a.Money',
  fields: [{ name: 'amount', type }],
});
const pair = (name: string, type: string) => ({
  type: 'record',
  name,
  fields: [
    { name: 'one', type: money(type) },
    { name: 'two', type: 'a.Money' },
  ],
});
const nodes = (...schemas: unknown[]) => schemas.map((schema) => parseSchema(schema));

it('finds a name that means two types, wherever they stand', () => {
  expect(
    definedTwice(nodes(money('long'), pair('P', 'long'), ['null', money('long')])),
  ).toBeUndefined();
  expect(definedTwice(nodes(pair('P', 'long'), { type: 'array', items: pair('Q', 'int') }))).toBe(
    'a.Money',
  );
  expect(
    definedTwice(nodes(money('long'), { type: 'map', values: ['null', money('double')] })),
  ).toBe('a.Money');
});
