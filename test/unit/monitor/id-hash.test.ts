import { RecordView } from '../../../src/flow/record-view.ts';
import { IdHash } from '../../../src/monitor/id-hash.ts';

const hash = new IdHash();
const ofText = (text: string): string => {
  hash.ofText(text);
  return `${hash.high}:${hash.low}`;
};

it.each(['', 'a', 'transaction-000123', 'zürich-1', '顧客'])(
  'text and its bytes have one hash: %j',
  (text) => {
    const bytes = Buffer.from(text);
    hash.ofBytes(bytes, 0, bytes.length);
    expect(`${hash.high}:${hash.low}`).toBe(ofText(text));
    const block = Buffer.from(`..${text}..`);
    const view = new RecordView(0, 0, undefined, block, 2, 2 + bytes.length, -1, -1);
    expect(hash.ofKey(view)).toBe(true);
    expect(`${hash.high}:${hash.low}`).toBe(ofText(text));
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

it.each(['t-1', 'zürich-1', '\u{1f600}', Buffer.from([0x74, 0xff, 0xc3])])(
  'an id in an event has the hash of its text, also with invalid bytes: %j',
  (id) => {
    const bytes = Buffer.concat([Buffer.from('..'), Buffer.from(id), Buffer.from('..')]);
    hash.ofUtf8(bytes, 2, bytes.length - 2);
    expect(`${hash.high}:${hash.low}`).toBe(ofText(bytes.toString('utf8', 2, bytes.length - 2)));
  },
);
