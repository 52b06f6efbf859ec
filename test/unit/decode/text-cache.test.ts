import { anyText } from '../../support/texts.ts';
import fc from 'fast-check';
import { TextCache } from '../../../src/decode/text-cache.ts';

describe('strings that were read lately', () => {
  it('are those of their bytes, whatever was read before', () => {
    const text = fc.oneof(
      fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 4 }),
      fc.string({ unit: 'binary-ascii', maxLength: 40 }),
      anyText(10),
    );
    fc.assert(
      fc.property(fc.array(text, { maxLength: 300 }), (texts) => {
        const cache = new TextCache();
        for (const one of texts) {
          const bytes = Buffer.from(`<${one}>`);
          const found = cache.textOf(bytes, 1, bytes.length - 1);
          const plain = bytes.length - 2 <= 32 && /^[\0-\x7f]*$/.test(one);
          expect(found).toBe(plain ? one : undefined);
        }
      }),
    );
  });

  it('are still right where nearly every value is new', () => {
    const cache = new TextCache();
    for (let i = 0; i < 5000; i++) {
      const bytes = Buffer.from(`value-${i}`);
      expect(cache.textOf(bytes, 0, bytes.length)).toBe(`value-${i}`);
    }
  });
});
