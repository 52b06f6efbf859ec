import { parseExactJson } from '../../../src/files/exact-json.ts';
import { WrittenNumber } from '../../../src/flow/written-number.ts';

describe('JSON as programs write it', () => {
  it.each<[string, unknown]>([
    ['{"a":1,"b":[true,null,"x"]}', { a: 1, b: [true, null, 'x'] }],
    ['{"a": NaN, "b": [Infinity, -Infinity]}', { a: NaN, b: [Infinity, -Infinity] }],
    [
      '[9007199254740993, -9223372036854775808, 9223372036854775807]',
      [9007199254740993n, -(2n ** 63n), 2n ** 63n - 1n],
    ],
    [
      '[9007199254740991, 1234567890123456.5, 1e300]',
      [9007199254740991, 1234567890123456.5, 1e300],
    ],
    [
      String.raw`{"NaN": "NaN", "a": "say \"Infinity\" NaN", "b": NaN}`,
      { NaN: 'NaN', a: 'say "Infinity" NaN', b: NaN },
    ],
  ])('%s', (text, value) => {
    expect(parseExactJson(text)).toEqual(value);
  });

  it.each([
    '{"a": NaNa}',
    '[nan]',
    '[+Infinity]',
    '{"a": 1',
    'NaN NaN',
    '[- Infinity]',
    '[-NaN]',
    '[5.NaN]',
    '[1.Infinity]',
    '[NaN5]',
    '{NaN: 1}',
  ])('%s is none', (text) => {
    expect(() => parseExactJson(text)).toThrow(SyntaxError);
  });

  it.each([
    '{"a": 1, "a": 2}',
    '[{"b": {"a": 1, "c": ":", "\\u0061" : 2}}]',
    '{"a": NaN, "a": 1}',
    '{"a\\"": 1, "a\\"":1}',
  ])('%s has a key twice', (text) => {
    expect(() => parseExactJson(text)).toThrow('an object has the same key twice');
  });

  it.each([
    '{"a": ":", "b": [{"a": "a\\":"}, {"a": "\\\\"}]}',
    '{"__proto__": {"__proto__": 1}, "": "", " " :"\\"a\\":"}',
  ])('%s has each key once', (text) => {
    expect(parseExactJson(text)).toEqual(JSON.parse(text));
  });

  it.each(['1e400', '[-1E+309]', `{"a": ${'9'.repeat(400)}.5}`])(
    '%s is larger than any double',
    (text) => {
      expect(() => parseExactJson(text)).toThrow('a number is too large for a double');
    },
  );

  it.each([
    '0.99999999999999999999',
    '1.0000000000000000001',
    '-1e-400',
    '9007199254740993.5',
    '0.1234567890123456789',
    '12345678901234.56789',
  ])('%s keeps the digits that a double has not', (text) => {
    const [number] = parseExactJson(`[${text}]`) as WrittenNumber[];
    expect(number).toBeInstanceOf(WrittenNumber);
    expect([number!.text, Number(number)]).toEqual([text, Number(text)]);
  });

  it.each<[string, unknown]>([
    ['0.12345678901234568', 0.12345678901234568],
    ['1.0000000000000000000000', 1],
    ['100000000000000000000e-20', 1],
    ['-0', -0],
    ['0e-999', 0],
    ['1E3', 1000],
    ['1e18', 10n ** 18n],
    ['9007199254740993.0', 9007199254740993n],
    ['-9.223372036854775808e18', -(2n ** 63n)],
    ['1e-300', 1e-300],
    ['1e300', 1e300],
  ])('%s is a number with all its digits', (text, value) => {
    expect(parseExactJson(text)).toEqual(value);
  });

  it('reads numbers of a million digits in linear time', () => {
    const zeros = '0'.repeat(1_000_000);
    expect(parseExactJson(`[1.${zeros}, 0.${zeros}1]`)).toEqual([1, expect.any(WrittenNumber)]);
  });

  it('reads long texts beside a word, and gives up on one without an end, in linear time', () => {
    const text = '\\"'.repeat(2_000_000);
    expect(parseExactJson(`[NaN, "${text}"]`)).toEqual([NaN, '"'.repeat(2_000_000)]);
    expect(() => parseExactJson(`[NaN, "${text}`)).toThrow(SyntaxError);
  });
});
