import { parseExactJson } from '../../../src/files/exact-json.ts';

describe('JSON as programs write it', () => {
  it.each<[string, unknown]>([
    ['{"a":1,"b":[true,null,"x"]}', { a: 1, b: [true, null, 'x'] }],
    ['{"a": NaN, "b": [Infinity, -Infinity]}', { a: NaN, b: [Infinity, -Infinity] }],
    [
      '[9007199254740993, -9223372036854775808, 9223372036854775807]',
      [9007199254740993n, -(2n ** 63n), 2n ** 63n - 1n],
    ],
    ['[9007199254740991, 1234567890123456.5, 1e300]', [9007199254740991, 1234567890123456.5, 1e300]],
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
    expect(() => parseExactJson(text)).toThrow('an object has a key twice');
  });

  it.each([
    '{"a": ":", "b": [{"a": "a\\":"}, {"a": "\\\\"}]}',
    '{"__proto__": {"__proto__": 1}, "": "", " " :"\\"a\\":"}',
  ])('%s has each key once', (text) => {
    expect(parseExactJson(text)).toEqual(JSON.parse(text));
  });

  it.each(['1e400', '[-1E+309]', `{"a": ${'9'.repeat(400)}.5}`])('%s is larger than any double', (text) => {
    expect(() => parseExactJson(text)).toThrow('a number is larger than any double');
  });

  it('reads long texts beside a word, and gives up on one without an end, in linear time', () => {
    const text = '\\"'.repeat(2_000_000);
    expect(parseExactJson(`[NaN, "${text}"]`)).toEqual([NaN, '"'.repeat(2_000_000)]);
    expect(() => parseExactJson(`[NaN, "${text}`)).toThrow(SyntaxError);
  });
});
