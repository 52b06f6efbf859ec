import { areTexts, TextBits } from '../../../../src/decide/rare/text-bits.ts';
import { hashBytes } from '../../../../src/flow/text-hash.ts';
import { Utf8Column } from '../../../../src/flow/utf8-column.ts';

/** A column of these texts, all with the hash of the first one. */
function columnOf(texts: readonly string[], state = new Uint8Array(texts.length)): Utf8Column {
  const column = new Utf8Column(state);
  const first = Buffer.from(texts[0]!);
  const view = new DataView(first.buffer, first.byteOffset, first.length);
  const hash = hashBytes(view, 0, first.length);
  for (const [row, text] of texts.entries()) {
    const bytes = Buffer.from(text);
    column.places.set([column.blocks.push(bytes) - 1, 0, bytes.length, hash], 4 * row);
  }
  return column;
}

describe('bits of texts', () => {
  const bits = new TextBits();
  bits.addTest(['one-text'], true);
  const table = bits.table()!;
  const areTextsOf = (...given: Parameters<typeof columnOf>): boolean =>
    areTexts(table, columnOf(...given), given[0].length);

  it('are told from another text of the same hash and length', () => {
    expect(areTextsOf(['one-text', 'one-text'])).toBe(true);
    expect(areTextsOf(['one-text', 'two-text'])).toBe(false);
  });

  it('need no look at a text of another length, or at a row without one', () => {
    expect(areTextsOf(['one-text', 'longer-text'])).toBe(true);
    expect(areTextsOf(['one-text', 'two-text'], Uint8Array.of(0, 1))).toBe(true);
  });

  it('are in no table where too many strings are named', () => {
    const many = new TextBits();
    many.addClue(
      Array.from({ length: 3000 }, (_, i) => `merchant-${i}`),
      false,
    );
    expect(many.table()).toBeUndefined();
  });
});
