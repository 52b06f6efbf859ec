import { parseSchema } from '../../../src/decode/avro-schema.ts';
import {
  allowsNull,
  describeType,
  fieldPaths,
  findField,
  withoutNull,
} from '../../../src/flow/schema-node.ts';

const MERCHANT = {
  type: 'record',
  name: 'com.acme.Merchant',
  fields: [
    { name: 'country', type: 'string' },
    { name: 'rating', type: ['null', 'double'] },
  ],
};

const EVENT = parseSchema({
  type: 'record',
  name: 'Event',
  fields: [
    { name: 'amount', type: 'double', aliases: ['sum'] },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'merchant', type: MERCHANT },
    { name: 'previous', type: [{ ...MERCHANT, name: 'Other' }, 'null'] },
    { name: 'mixed', type: ['null', 'string', 'double'] },
    { name: 'parent', type: ['null', 'Event'] },
    { name: 'tags', type: { type: 'array', items: 'string' } },
  ],
});

describe('findField', () => {
  it.each([
    ['amount', 'double', false, false],
    ['merchant.country', 'string', false, false],
    ['merchant.rating', 'null | double', true, false],
    ['previous', 'record Other | null', true, false],
    ['previous.country', 'string', true, true],
    ['mixed', 'null | string | double', true, false],
    ['parent.parent.amount', 'double', true, true],
  ])('finds %s as %s', (path, type, nullable, underNullable) => {
    const found = findField(EVENT, path)!;
    expect({ type: describeType(found.node), nullable: found.nullable }).toEqual({
      type,
      nullable,
    });
    expect(found.underNullable).toBe(underNullable);
  });

  it.each(['', 'sum', 'amount.cents', 'merchant.', 'merchant.city', 'mixed.x', 'tags.0'])(
    'does not find %p',
    (path) => {
      expect(findField(EVENT, path)).toBeUndefined();
    },
  );
});

describe('fieldPaths', () => {
  it('names everything that can be found, and enters recursive types once', () => {
    const paths = fieldPaths(EVENT);
    expect(paths).toEqual([
      'amount',
      'at',
      'merchant',
      'merchant.country',
      'merchant.rating',
      'previous',
      'previous.country',
      'previous.rating',
      'mixed',
      'parent',
      'tags',
    ]);
    expect(paths.filter((path) => findField(EVENT, path) === undefined)).toEqual([]);
  });
});

describe('null in unions', () => {
  it('opens only unions with one other branch', () => {
    const kind = (schema: unknown) => withoutNull(parseSchema(schema)).kind;
    expect([kind(['null', 'int']), kind(['int', 'null']), kind(['int']), kind('int')]).toEqual(
      Array(4).fill('int'),
    );
    expect(kind(['null', 'int', 'string'])).toBe('union');
  });

  it('is allowed where a branch, or all of it, is null', () => {
    const allows = (schema: unknown) => allowsNull(parseSchema(schema));
    expect(['null', ['null', 'int'], ['int', 'null']].map(allows)).toEqual([true, true, true]);
    expect(['int', ['int', 'string']].map(allows)).toEqual([false, false]);
  });
});

describe('describeShape', () => {
  it('speaks as a person would', () => {
    expect(describeType(findField(EVENT, 'at')!.node)).toBe('timestamp-millis (long)');
    expect(describeType(findField(EVENT, 'merchant')!.node)).toBe('record com.acme.Merchant');
    expect(describeType(findField(EVENT, 'tags')!.node)).toBe('array');
  });
});
