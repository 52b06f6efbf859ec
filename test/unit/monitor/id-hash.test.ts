import { RecordView } from '../../../src/flow/record-view.ts';
import type { ProjectedField } from '../../../src/flow/projection.ts';
import type { Utf8Column } from '../../../src/flow/utf8-column.ts';
import { framed, givenDecoder } from '../../support/avro-given.ts';
import { plainType } from '../../support/avro-oracle.ts';
import { IdHash } from '../../../src/monitor/id-hash.ts';

const hash = new IdHash();
const ofText = (text: string): string => {
  hash.ofText(text);
  return `${hash.high}:${hash.low}`;
};

it.each(['', 'a', 'transaction-000123', 'x'.repeat(300), 'zürich-1', '顧客'])(
  'text and its bytes have one hash: %j',
  (text) => {
    const bytes = Buffer.from(text);
    hash.ofBytes(bytes, 0, bytes.length);
    expect(`${hash.high}:${hash.low}`).toBe(ofText(text));
    const block = Buffer.from(`..${text}..`);
    const view = new RecordView(0, 0, undefined, block, 2, 2 + bytes.length, -1, -1);
    expect(hash.ofKey(view)).toBe(true);
    expect(`${hash.high}:${hash.low}`).toBe(ofText(text));
    const { high } = hash;
    hash.low = 7;
    expect(hash.ofKey(view, high)).toBe(true);
    expect([hash.high, hash.low]).toEqual([high, high === 0 ? expect.anything() : 7]);
    expect(hash.ofKey({ key: bytes })).toBe(true);
    expect(`${hash.high}:${hash.low}`).toBe(ofText(text));
  },
);

it('ids that follow one another do not meet, and each bit takes half of them', () => {
  const seen = new Set<string>();
  const bits = Array.from({ length: 64 }, () => 0);
  for (let i = 0; i < 20_000; i++) {
    seen.add(ofText(`txn_${i}`));
    for (let bit = 0; bit < 32; bit++) {
      bits[bit]! += (hash.low >>> bit) & 1;
      bits[32 + bit]! += (hash.high >>> bit) & 1;
    }
  }
  expect(seen.size).toBe(20_000);
  for (const count of bits) expect(Math.abs(count - 10_000)).toBeLessThan(400);
});

it('a record without a key has no hash', () => {
  expect(hash.ofKey({ key: null })).toBe(false);
  expect(hash.ofKey(new RecordView(0, 0, undefined, Buffer.alloc(1), -1, -1, -1, -1))).toBe(false);
});

it.each(['t', 't-1', 't-12', 'transaction-000123', 'zürich-1', '\u{1f600}'])(
  'an id in a column has the hash of its text: %j',
  async (id) => {
    const fields: ProjectedField[] = [{ path: 'id', as: 'utf8', optional: false }];
    const reader = { type: 'record', name: 'Event', fields: [{ name: 'id', type: 'string' }] };
    const { decode } = givenDecoder({ reader, fields });
    const event = plainType(reader).toBuffer({ id });
    const { columns } = await decode([framed(1, event)]);
    expect(hash.ofColumn(columns[0] as Utf8Column, 0)).toBe(true);
    expect(`${hash.high}:${hash.low}`).toBe(ofText(id));
    hash.low = 7;
    const { high } = hash;
    expect(hash.ofColumn(columns[0] as Utf8Column, 0, high)).toBe(true);
    expect([hash.high, hash.low]).toEqual([high, 7]);
  },
);
