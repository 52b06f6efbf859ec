import { jsonEncoder } from '../../../src/decode/avro-json.ts';
import { parseSchema } from '../../../src/decode/avro-schema.ts';
import { ScorerError } from '../../../src/errors.ts';
import { WrittenNumber } from '../../../src/flow/written-number.ts';
import { plainType } from '../../support/avro-oracle.ts';
import type { Schema } from '../../support/random-avro.ts';

const field = (type: Schema, more: object = {}) => ({
  type: 'record',
  name: 'Event',
  fields: [{ name: 'f', type, ...more }],
});

/** What avsc reads from the bytes of `{ f: json }`. */
function through(type: Schema, json: unknown, more: object = {}): unknown {
  const schema = field(type, more);
  const bytes = jsonEncoder(parseSchema(schema))(json === undefined ? {} : { f: json });
  return (JSON.parse(JSON.stringify(plainType(schema).fromBuffer(bytes))) as { f: unknown }).f;
}

/** The message for what does not fit. */
function problem(type: Schema, json: unknown): string {
  try {
    jsonEncoder(parseSchema(field(type)))({ f: json });
  } catch (error) {
    if (error instanceof ScorerError && error.code === 'INPUT_INVALID')
      return error.problems[0]!.what;
    throw error;
  }
  return 'nothing';
}

const timestamp = (unit: string) => ({ type: 'long', logicalType: `timestamp-${unit}` });
const card = { type: 'record', name: 'Card', fields: [{ name: 'limit', type: 'int' }] };

describe('an event in JSON', () => {
  const fine: readonly [string, Schema, unknown, unknown][] = [
    ['a number', 'double', 1.5, 1.5],
    // avsc's JSON has no word for it
    ['the word for infinity as a number', 'double', '-Infinity', null],
    ['digits that a double rounds', 'double', 2n ** 60n, 2 ** 60],
    [
      'such a word as a text where there may be one',
      ['double', 'string'],
      'NaN',
      { string: 'NaN' },
    ],
    ['a plain value in a union', ['null', 'double'], 3.5, { double: 3.5 }],
    ['a wrapped value in a union', ['null', 'double'], { double: 3.5 }, { double: 3.5 }],
    ['null', ['null', 'double'], null, null],
    [
      'the first branch that fits',
      ['null', 'string', 'double', card],
      { limit: 3 },
      { Card: { limit: 3 } },
    ],
    ['a wrapped record', ['null', card], { Card: { limit: 3 } }, { Card: { limit: 3 } }],
    ['nothing for null', ['null', 'double'], undefined, null],
    ['ISO 8601 for milliseconds', timestamp('millis'), '2026-11-23T00:00:00Z', 1795392000000],
    [
      'ISO 8601 for microseconds',
      timestamp('micros'),
      '2026-11-23T00:00:00.001Z',
      1795392000001000,
    ],
    ['milliseconds', timestamp('millis'), 17, 17],
    ['an array', { type: 'array', items: ['null', 'int'] }, [1, null], [{ int: 1 }, null]],
    ['a map', { type: 'map', values: card }, { a: { limit: 1 } }, { a: { limit: 1 } }],
    ['the least int', 'int', -(2 ** 31), -(2 ** 31)],
  ];
  it.each(fine)('takes %s', (_name, type, json, value) => {
    expect(through(type, json)).toEqual(value);
  });

  it('takes text for bytes, one byte for each letter', () => {
    expect(through('bytes', 'aÿ')).toEqual({ type: 'Buffer', data: [97, 255] });
    expect(through({ type: 'fixed', name: 'Two', size: 2 }, 'aÿ')).toEqual({
      type: 'Buffer',
      data: [97, 255],
    });
  });

  it('takes texts for the bytes of decimals, but for those that read like a number', () => {
    const decimal = { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 };
    const fixed = { ...decimal, type: 'fixed', name: 'Five', size: 5 };
    expect(through(decimal, '\u0004\u00d2')).toEqual({ type: 'Buffer', data: [4, 0xd2] });
    expect(through(decimal, '12')).toEqual({ type: 'Buffer', data: [0x31, 0x32] });
    for (const text of ['12.34', '-1234', '.50', '1e10', '+5.1E-3'])
      expect(problem(['null', decimal], text)).toContain(
        'f is a decimal, written as a string of digits',
      );
    expect(problem(fixed, '12.34')).toContain('f is a decimal, written as a string of digits');
    expect(through('bytes', '12.34')).toEqual({
      type: 'Buffer',
      data: [0x31, 0x32, 0x2e, 0x33, 0x34],
    });
  });

  it('takes no number for a float that it cannot hold', () => {
    expect(through('float', 3.4e38)).toBeCloseTo(3.4e38, -32);
    expect(problem('float', 1e39)).toBe('f is not of the type float');
    expect(problem('float', 10n ** 39n)).toBe('f is not of the type float');
    expect(through(['float', 'double'], 1e39)).toEqual({ double: 1e39 });
    expect(through('float', Infinity)).toBe(null);
  });

  it('takes numbers for decimals', () => {
    const decimal = { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 };
    const fixed = { ...decimal, type: 'fixed', name: 'Eight', size: 8 };
    expect(through(decimal, 12.34)).toEqual({ type: 'Buffer', data: [4, 0xd2] });
    expect(through(['null', 'string', decimal], -1.28)).toEqual({
      bytes: { type: 'Buffer', data: [0x80] },
    });
    expect(through(decimal, 1.28)).toEqual({ type: 'Buffer', data: [0, 0x80] });
    expect(through(fixed, -0.01)).toEqual({ type: 'Buffer', data: Array(8).fill(255) });
    expect(through(decimal, 0.1 + 0.2)).toEqual({ type: 'Buffer', data: [30] });
    expect(problem(decimal, 1.285)).toBe('f has more decimal places than the 2 of the schema');
    expect(problem(decimal, 1e21)).toBe('f is not of the type decimal');
    expect(problem({ ...fixed, size: 1, precision: 2 }, 2)).toBe('f is not of the type decimal');
    expect(problem('bytes', 2)).toBe('f is not of the type bytes');
  });

  it('takes the digits that are written, not those of the nearest double', () => {
    const decimal = { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 20 };
    const written = (text: string) => new WrittenNumber(text);
    const unscaledOf = (type: Schema, json: unknown) => {
      const { data } = through(type, json) as { data: number[] };
      return BigInt.asIntN(8 * data.length, BigInt(`0x${Buffer.from(data).toString('hex')}`));
    };
    expect(unscaledOf(decimal, 0.1)).toBe(10n ** 19n);
    expect(unscaledOf(decimal, written('-0.12345678901234567890'))).toBe(-12345678901234567890n);
    expect(unscaledOf({ ...decimal, scale: 5 }, written('12345678901234.56789'))).toBe(
      1234567890123456789n,
    );
    // by no more than noise
    expect(unscaledOf({ ...decimal, scale: 0 }, written('0.99999999999999999999'))).toBe(1n);
    expect(problem({ ...decimal, scale: 0 }, written('1e-400'))).toContain(
      'more decimal places than the 0',
    );
    expect(problem(decimal, written('1234567890123456789012.5'))).toBe(
      'f is not of the type decimal',
    );
    expect(through('double', written('0.99999999999999999999'))).toBe(1);
    expect(through('float', written('0.12345678901234567890'))).toBeCloseTo(0.1234567, 6);
  });

  it.each(['0.99999999999999999999', '1.0000000000000000001', '1e-400', '9007199254740993.5'])(
    'takes %s for no whole number',
    (text) => {
      const json = new WrittenNumber(text);
      expect(problem('long', json)).toBe('f is not of the type long');
      expect(problem('int', json)).toBe('f is not of the type int');
      expect(problem(timestamp('millis'), json)).toBe('f is not of the type timestamp-millis');
      expect(through(['null', 'long', 'double'], json)).toEqual({ double: Number(text) });
    },
  );

  it('takes the default for what is left out', () => {
    expect(through('int', undefined, { default: 4 })).toBe(4);
  });

  const wrong: readonly [string, Schema, unknown, string][] = [
    ['a text', 'double', '1', 'f is not of the type double'],
    ['null', 'double', null, 'f is not of the type double'],
    ['a fraction', 'long', 1.5, 'f is not of the type long'],
    ['a large int', 'int', 2 ** 31, 'f is not of the type int'],
    ['a larger long', 'long', 2 ** 53, 'f is not of the type long'],
    ['no time', timestamp('millis'), 'yesterday', 'f is not of the type timestamp-millis'],
    [
      'nanoseconds beyond 2^63',
      timestamp('nanos'),
      '2500-11-23',
      'f is not of the type timestamp-nanos',
    ],
    [
      'another symbol',
      { type: 'enum', name: 'E', symbols: ['A'] },
      'B',
      'f is not of the type enum',
    ],
    [
      'another length',
      { type: 'fixed', name: 'Two', size: 2 },
      'abc',
      'f is not of the type fixed',
    ],
    ['no branch', ['null', 'double'], 'x', 'f is not one of null, double'],
    [
      'a place in an array',
      { type: 'array', items: 'int' },
      [1, 'x'],
      'f[1] is not of the type int',
    ],
    ['half a letter', 'string', '\ud83d', 'f is not of the type string'],
    [
      'half a letter as a key',
      { type: 'map', values: 'int' },
      { '\ud83d': 1 },
      'f has a key that is not valid Unicode',
    ],
    ['a letter of two bytes', 'bytes', 'ā', 'f is not of the type bytes'],
    ['a key of a map', { type: 'map', values: 'int' }, { a: 'x' }, 'f.a is not of the type int'],
    ['a field that is not there', card, { limit: 1, color: 2 }, 'f.color is not in the schema'],
    [
      'a field that is left out',
      card,
      {},
      'f.limit is missing, and the schema has no default for it',
    ],
    ['something else for a record', card, [1], 'f is not an object'],
  ];
  it.each(wrong)('refuses %s', (_name, type, json, what) => {
    expect(problem(type, json)).toBe(what);
  });

  it('refuses what is no object at all', () => {
    expect(() => jsonEncoder(parseSchema(card))(7)).toThrow('the event is not an object');
  });
});
