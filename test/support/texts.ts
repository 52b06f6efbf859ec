import fc from 'fast-check';

/** Code points of half a character, which no well-formed text has. */
const [HALVES, HALVES_END] = [0xd800, 0xe000];

/**
 * Any character. The unit `binary` of fast-check is the same, but makes a table of all 1.1 million of
 * them first.
 */
const anyCharacter = fc.integer({ min: 0, max: 0x10ffff - (HALVES_END - HALVES) }).map(
  (place) => String.fromCodePoint(place < HALVES ? place : place + HALVES_END - HALVES),
  (text) => {
    const character = String(text);
    const code = character.codePointAt(0);
    if (code === undefined || String.fromCodePoint(code) !== character)
      throw new TypeError('not one character');
    return code < HALVES ? code : code - HALVES_END + HALVES;
  },
);

/** Texts of any characters. */
export const anyText = (maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: anyCharacter, maxLength });
