import { parseSchema } from '../../../src/decode/avro-schema.ts';
import { findPath, isFound, parsePath } from '../../../src/flow/path.ts';
import { describeType } from '../../../src/flow/schema-node.ts';

const card = {
  type: 'record',
  name: 'Card',
  fields: [
    { name: 'amount', type: 'double' },
    { name: 'brand', type: 'string' },
  ],
};
const bank = { type: 'record', name: 'Bank', fields: [{ name: 'amount', type: 'long' }] };
const EVENT = parseSchema({
  type: 'record',
  name: 'Event',
  fields: [
    { name: 'tags', type: { type: 'array', items: 'string' } },
    { name: 'items', type: ['null', { type: 'array', items: ['null', card] }] },
    { name: 'attributes', type: { type: 'map', values: 'string' } },
    { name: 'payment', type: ['Card', bank] },
    { name: 'maybe', type: ['null', 'Bank', 'string'] },
    { name: 'grid', type: { type: 'array', items: { type: 'array', items: 'float' } } },
    { name: 'next', type: ['null', 'Event'] },
  ],
});

describe('a path', () => {
  it.each<[string, readonly (string | number)[] | undefined]>([
    ['a', ['a']],
    ['a.b.c', ['a', 'b', 'c']],
    ['a[0].b', ['a', 0, 'b']],
    ['a[1][20]', ['a', 1, 20]],
    ['a["b.c"].d', ['a', 'b.c', 'd']],
    ["a['b c']", ['a', 'b c']],
    ['a.x-y', ['a', 'x-y']],
    ['a.7', ['a', '7']],
    ['a[""]', ['a', '']],
    ['', undefined],
    ['.a', undefined],
    ['a.', undefined],
    ['a..b', undefined],
    ['a[-1]', undefined],
    ['a[1', undefined],
    ['a[b]', undefined],
    ['a b', undefined],
    ['[0]', undefined],
    ['a[99999999999]', undefined],
  ])('%p', (text, steps) => {
    expect(parsePath(text)).toEqual(steps);
  });
});

describe('findPath', () => {
  it.each([
    ['tags', 'array', false],
    ['tags[3]', 'string', true],
    ['items[0].amount', 'double', true],
    ['items.0.amount', 'double', true],
    ['attributes.0', 'string', true],
    ['attributes.country', 'string', true],
    ['attributes["a.b"]', 'string', true],
    ['payment.amount', 'double | long', false],
    ['payment.brand', 'string', true],
    ['maybe.amount', 'long', true],
    ['grid[0][1]', 'float', true],
    ['next.next.attributes.x', 'string', true],
  ])('finds %s as %s', (path, type, nullable) => {
    const found = findPath(EVENT, path);
    if (!isFound(found)) throw new Error(found.what);
    expect([describeType(found.node), found.nullable]).toEqual([type, nullable]);
  });

  it.each([
    ['nothing', 'the event has no field nothing', undefined],
    [
      'items.amount',
      'the event has no field items.amount: items is null | array',
      /items\[0\]\.amount.*part: length/,
    ],
    ['tags.length', 'the event has no field tags.length: tags is array', /part: length/],
    ['tags[0][0]', 'the event has no field tags[0][0]: tags[0] is string', undefined],
    ['attributes[0]', 'the event has no field attributes[0]: attributes is map', undefined],
    ['payment.iban', 'the event has no field payment.iban', undefined],
    ['a[', 'a[ is not a valid path', /items\[0\]\.price/],
  ])('says what is wrong with %s', (path, what, remedy) => {
    const lost = findPath(EVENT, path);
    if (isFound(lost)) throw new Error('found');
    expect(lost.what).toBe(what);
    if (remedy === undefined) expect(lost.remedy).toBeUndefined();
    else expect(lost.remedy).toMatch(remedy);
  });
});
