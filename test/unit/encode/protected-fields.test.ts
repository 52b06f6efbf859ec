import { createHmac } from 'node:crypto';
import { parseSchema } from '../../../src/decode/avro-schema.ts';
import {
  createProtection,
  hashing,
  keepingLast,
  unprotectable,
} from '../../../src/encode/protected-fields.ts';
import type { Events } from '../../../src/flow/events.ts';
import { Fates } from '../../../src/flow/fates.ts';
import { plainType } from '../../support/avro-oracle.ts';

const KEY = 'a key of 16 characters or more';
const hashOf = (value: string | Buffer): string =>
  createHmac('sha256', KEY).update(value).digest('hex');

/** What is written for values of a type; the first half is in the records, the rest beside them. */
function written(schema: unknown, values: readonly unknown[], conceal = hashing(KEY)): unknown[] {
  const type = plainType(schema);
  const node = parseSchema(schema);
  const bytes = values.map((value) => type.toBuffer(value));
  const inside = (row: number): boolean => row < values.length / 2;
  const field = {
    start: Int32Array.from(values, (_, row) => (inside(row) ? 3 : -1)),
    end: Int32Array.from(bytes, ({ length }) => 3 + length),
    other: bytes.map((own, row) => (inside(row) ? undefined : own)),
  };
  const events = {
    batch: { records: bytes.map((own) => ({ value: Buffer.concat([Buffer.alloc(3, 7), own]) })) },
    fates: new Fates(values.length),
    carried: [field],
  } as unknown as Events;
  const [own] = createProtection([{ slot: 0, node, conceal }])(events);
  const nullable = node.kind === 'union' && node.branches.some(({ kind }) => kind === 'null');
  const output = plainType(nullable ? ['null', 'string'] : 'string');
  return own!.other.map((value, row) => {
    expect(own!.start[row]).toBe(-1);
    return output.fromBuffer(value!) as unknown;
  });
}

it.each([
  ['string', ['', 'ä 4711', 'x'.repeat(500)], ['', 'ä 4711', 'x'.repeat(500)]],
  ['int', [0, -7, 2 ** 31 - 1], ['0', '-7', '2147483647']],
  ['long', [0, -1099511627777, 4503599627370497], ['0', '-1099511627777', '4503599627370497']],
  [{ type: 'enum', name: 'E', symbols: ['A', 'B'] }, ['B', 'A'], ['B', 'A']],
])('hashes the text of a value: %j', (schema, values, texts) => {
  expect(written(schema, values)).toEqual(texts.map(hashOf));
});

it('hashes bytes as they are', () => {
  const values = [Buffer.from([0, 255, 7]), Buffer.alloc(3, 9)];
  expect(written('bytes', values)).toEqual(values.map(hashOf));
  expect(written({ type: 'fixed', name: 'F', size: 3 }, values)).toEqual(values.map(hashOf));
});

it('keeps null, and takes the branch that a value has', () => {
  const found = written(['null', 'string', 'long'], [null, { string: '12' }, null, { long: 12 }]);
  expect(found.map((one) => (one as { string: string } | null)?.string ?? null)).toEqual([
    null,
    hashOf('12'),
    null,
    hashOf('12'),
  ]);
});

it('keeps the end of a value, and never all of it', () => {
  const values = ['4711123456781234', '12345', '1234', '', 'ab😀d'];
  expect(written('string', values, keepingLast(4))).toEqual([
    '****1234',
    '****2345',
    '****',
    '****',
    '****',
  ]);
  expect(written('string', ['abc'], keepingLast(0))).toEqual(['****']);
});

it('does not take what has no text', () => {
  const why = (schema: unknown, masked = false) => unprotectable(parseSchema(schema), masked);
  expect(why(['null', 'string'])).toBeUndefined();
  expect(why('double')).toContain('double');
  expect(why({ type: 'array', items: 'string' })).toContain('array');
  expect(why('bytes')).toBeUndefined();
  expect(why('bytes', true)).toContain('bytes');
  const decimal = { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 };
  expect(why(decimal)).toBeDefined();
});
