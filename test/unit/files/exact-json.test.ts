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

  it.each(['{"a": NaNa}', '[nan]', '[+Infinity]', '{"a": 1', 'NaN NaN', '[- Infinity]'])('%s is none', (text) => {
    expect(() => parseExactJson(text)).toThrow(SyntaxError);
  });
});
