import fc from 'fast-check';
import { HASHED_WITH_FIRST, hashBytes } from '../../../src/flow/text-hash.ts';
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

  it('says what the last word is of a text up to eight bytes, if the first one is known', () => {
    const text = fc.uint8Array({ minLength: 5, maxLength: HASHED_WITH_FIRST });
    fc.assert(
      fc.property(text, (bytes) => {
        const first = Buffer.from(bytes).readInt32LE(0);
        const last = Buffer.from(bytes).readInt32LE(bytes.length - 4);
        expect(lastWord(hashOf(bytes), bytes.length, first)).toBe(last);
      }),
    );
  });
});

/** The steps of MurmurHash3 backwards: none of them loses a bit. */
function lastWord(hash: number, length: number, first: number): number {
  let state = hash ^ (hash >>> 16);
  state = Math.imul(state, inverse(0xc2b2ae35));
  state ^= (state >>> 13) ^ (state >>> 26);
  state = Math.imul(state, inverse(0x85ebca6b));
  state ^= state >>> 16;
  const joined = rotated(Math.imul(state - 0xe6546b64, inverse(5)), 19);
  const before = Math.imul(rotated(length ^ scrambled(first), 13), 5) + 0xe6546b64;
  const bits = Math.imul(joined ^ before, inverse(0x1b873593));
  return Math.imul(rotated(bits, 17), inverse(0xcc9e2d51));
}

const scrambled = (word: number): number =>
  Math.imul(rotated(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
const rotated = (word: number, left: number): number => (word << left) | (word >>> (32 - left));

/** Of an odd number, modulo 2^32: each step doubles the number of bits that are right. */
function inverse(odd: number): number {
  let found = odd;
  for (let i = 0; i < 5; i++) found = Math.imul(found, 2 - Math.imul(odd, found));
  return found;
}

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
