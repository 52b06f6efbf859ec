import fc from 'fast-check';
import { hashBytes } from '../../../src/flow/text-hash.ts';
import { Utf8Column } from '../../../src/flow/utf8-column.ts';

const hashOf = (bytes: Uint8Array, before = 0): number => {
  const all = Buffer.concat([Buffer.alloc(before, 7), bytes, Buffer.from('rest')]);
  const view = new DataView(all.buffer, all.byteOffset, all.length);
  return hashBytes(view, before, before + bytes.length);
};

describe('the hash of a text', () => {
  it('does not depend on where its bytes stand', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(9), (bytes, before) => {
        expect(hashOf(bytes, before)).toBe(hashOf(bytes));
      }),
    );
  });

  it('is that of one text alone among those of the same length up to four bytes', () => {
    const word = fc.uint8Array({ minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        const same = Buffer.compare(a, b) === 0;
        if (a.length === b.length) expect(hashOf(a) === hashOf(b)).toBe(same);
      }),
    );
    const pairs = Array.from({ length: 2 ** 16 }, (_, i) => hashOf(Uint8Array.of(i >> 8, i)));
    expect(new Set(pairs).size).toBe(2 ** 16);
  });
});

describe('a column of texts', () => {
  const block = Buffer.from('..Straße.DE.FR');
  const given = (): Utf8Column => {
    const column = new Utf8Column(Uint8Array.of(0, 1, 0, 0));
    column.blocks.push(block, Buffer.from('DE'));
    column.places.set([0, 2, 9, 11, 0, 0, 0, 0, 1, 0, 2, 33, 0, 10, 12, 33]);
    return column;
  };

  it('makes strings where somebody asks for them', () => {
    expect(given().values).toEqual(['Straße', '', 'DE', 'DE']);
  });

  it('has the same texts without the blocks that they were fetched in', () => {
    const copy = given().withoutBlocks();
    expect(copy.values).toEqual(['Straße', '', 'DE', 'DE']);
    expect(copy.blocks.map(({ length }) => length)).toEqual([given().length]);
    expect([...copy.places].filter((_, i) => i % 4 === 3)).toEqual([11, 0, 33, 33]);
  });
});
