import fc from 'fast-check';
import { OTHER_TEXT, TextCodes } from '../../../../src/decide/columns/text-codes.ts';
import { hashBytes } from '../../../../src/flow/text-hash.ts';
import { Utf8Column } from '../../../../src/flow/utf8-column.ts';

/** A column of these texts. `hashOf` may give several texts one hash. */
function columnOf(texts: readonly (string | null)[], hashOf = hashed): Utf8Column {
  const column = new Utf8Column(Uint8Array.from(texts, (text) => +(text === null)));
  texts.forEach((text, row) => {
    if (text === null) return;
    const bytes = Buffer.from(text);
    column.places.set([column.blocks.push(bytes) - 1, 0, bytes.length, hashOf(bytes)], 4 * row);
  });
  return column;
}

function hashed(bytes: Buffer): number {
  return hashBytes(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length);
}

const NULL = 1;

function expectCodes(named: readonly string[], texts: readonly (string | null)[]): void {
  const codes = new TextCodes();
  const codeOf = new Map(named.map((text) => [text, codes.add(text)]));
  const expected = texts.map((text) => (text === null ? NULL : (codeOf.get(text) ?? OTHER_TEXT)));
  const found = codes.of(columnOf(texts), texts.length);
  expect([...found.subarray(0, texts.length)]).toEqual(expected);
  const seen = [...codes.seen.keys()].filter((code) => codes.seen[code] === 1);
  expect(seen).toEqual([...new Set(expected)].toSorted((a, b) => a - b));
}

const text = fc.oneof(
  fc.string({ maxLength: 6 }),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom('', 'DE', 'FR', 'web', 'größe', 'a-longer-text', 'a-longer-tex2'),
);

describe('the codes of texts', () => {
  it('are those of the texts that conditions name', () => {
    fc.assert(
      fc.property(
        fc.array(text, { maxLength: 12 }),
        fc.array(fc.option(text), { maxLength: 40 }),
        (named, texts) => {
          expectCodes(named, [...texts, ...named.map((one) => one.toWellFormed())].filter(isWell));
        },
      ),
    );
  });

  it('are right where so many texts are named that two have one slot', () => {
    const named = Array.from({ length: 30_000 }, (_, i) => `merchant-${i}`);
    const texts = Array.from({ length: 500 }, (_, i) => `merchant-${i * 97}`);
    expectCodes(named, [...texts, null, 'shop', 'merchant-']);
  });

  it('are of the texts, not of their hashes', () => {
    const codes = new TextCodes();
    const code = codes.add('one-text');
    const hash = hashed(Buffer.from('one-text'));
    const texts = ['one-text', 'two-text', 'longer-text', null];
    const found = codes.of(
      columnOf(texts, () => hash),
      texts.length,
    );
    expect([...found]).toEqual([code, OTHER_TEXT, OTHER_TEXT, NULL]);
    expect([...codes.seen]).toEqual([1, 1, 0, 0, 1]);
  });
});

function isWell(one: string | null): boolean {
  return one === null || one.isWellFormed();
}
