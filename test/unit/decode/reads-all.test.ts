import { parseSchema } from '../../../src/decode/avro-schema.ts';
import { holdsAll, readsAll } from '../../../src/decode/reads-all.ts';

const symbols = (...given: string[]) => ({ type: 'enum', name: 'E', symbols: given });
const record = (...fields: object[]) => ({ type: 'record', name: 'R', fields });
const node = (value: unknown) =>
  record({ name: 'v', type: value }, { name: 'next', type: ['null', 'R'] });

it.each<[string, unknown, unknown, boolean]>([
  ['a wider number', 'int', 'double', true],
  ['a narrower number', 'double', 'float', false],
  ['null as well', 'string', ['null', 'string'], true],
  ['null no more', ['null', 'string'], 'string', false],
  ['a symbol more', symbols('a'), symbols('a', 'b'), true],
  ['a symbol less', symbols('a', 'b'), symbols('a'), false],
  ['a symbol less, and a default', symbols('a', 'b'), { ...symbols('a'), default: 'a' }, true],
  ['bytes that may be no text', 'bytes', 'string', false],
  ['text as bytes', 'string', 'bytes', true],
  [
    'items that are narrower',
    { type: 'array', items: 'long' },
    { type: 'array', items: 'int' },
    false,
  ],
  ['a list of records without an end', node('int'), node('long'), true],
  ['one of narrower values', node('long'), node('int'), false],
])('%s', (_name, writer, reader, reads) => {
  expect(readsAll(parseSchema(writer), parseSchema(reader))).toBe(reads);
});

describe('exactly', () => {
  const time = (unit: string) => ({ type: 'long', logicalType: `timestamp-${unit}` });
  it.each<[string, unknown, unknown, boolean]>([
    ['int as long', 'int', 'long', true],
    ['int as double', 'int', 'double', true],
    ['float as double', 'float', 'double', true],
    ['int as float', 'int', 'float', false],
    ['long as double', 'long', 'double', false],
    [
      'long as float, in a list',
      { type: 'array', items: 'long' },
      { type: 'array', items: 'float' },
      false,
    ],
    ['a symbol as the default', symbols('a', 'b'), { ...symbols('a'), default: 'a' }, false],
    ['a symbol more', symbols('a'), symbols('a', 'b'), true],
    ['a text as bytes', 'string', 'bytes', false],
    ['millis as micros', time('millis'), ['null', time('micros')], true],
    ['micros as millis', time('micros'), ['null', time('millis')], false],
  ])('%s', (_name, writer, reader, holds) => {
    expect(holdsAll(parseSchema(writer), parseSchema(reader))).toBe(holds);
  });
});
