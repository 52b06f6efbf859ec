import { jsonEncoder } from '../../../src/decode/avro-json.ts';
import { parseSchema } from '../../../src/decode/avro-schema.ts';
import { parseExactJson } from '../../../src/files/exact-json.ts';

const encode = (type: unknown, json: string): string =>
  jsonEncoder(parseSchema(type))(parseExactJson(json)).toString('hex');
const a = { type: 'record', name: 'A', fields: [{ name: 'a', type: 'int' }] };
const b = { type: 'record', name: 'B', fields: [{ name: 'b', type: 'int' }] };
const micros = { type: 'long', logicalType: 'timestamp-micros' };

it.each<[unknown, string, string]>([
  [['float', 'double'], '3.3', '026666666666660a40'],
  [['float', 'long'], '16777217', '0282808010'],
  [['bytes', 'string'], '"abc"', '0206616263'],
  [[micros, 'string'], '"hello"', '020a68656c6c6f'],
  [['null', a, b], '{"b": 5}', '040a'],
  [['null', { type: 'map', values: 'int' }], '{"map": 5}', '0202066d61700a00'],
  [micros, '"1970-01-01T00:00:00.000012"', '18'],
  [micros, '"1969-12-31T23:59:59.999999Z"', '01'],
])('%j takes %s', (type, json, hex) => {
  expect(encode(type, json)).toBe(hex);
});

it.each<[unknown, string]>([
  ['int', '12345678901234567890'],
  [micros, '"5"'],
  [micros, '"2026-02-30T00:00:00Z"'],
])('%j does not take %s', (type, json) => {
  expect(() => encode(type, json)).toThrow('is not of the type');
});
