/** Stand for a moment in the place of what JSON has no word for; nobody writes such numbers. */
const NAN = '9e999999901';
const STAND_INS: Readonly<Record<string, string>> = { NaN: NAN, Infinity: '9e999999902', '-Infinity': '-9e999999902' };

/** A text, which stays as it is, or one of the words outside of texts. */
const TEXT_OR_WORD = /"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g;

/** Digits that a double may not hold. */
const LONG_DIGITS = /\d{16}/;

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

/**
 * Reads JSON as programs write it: whole numbers beyond 2^53 become bigints instead of being rounded, and the bare words NaN, Infinity and
 * -Infinity of Python and Java become numbers. Throws SyntaxError where it is not JSON.
 */
export function parseExactJson(text: string): unknown {
  const words = text.includes('NaN') || text.includes('Infinity');
  if (!words && !LONG_DIGITS.test(text)) return JSON.parse(text);
  const json = words ? text.replace(TEXT_OR_WORD, (found) => STAND_INS[found] ?? found) : text;
  return JSON.parse(json, exact as Parameters<typeof JSON.parse>[1]);
}

const exact: Reviver = (_key, value, { source }) => {
  if (typeof value !== 'number' || source === undefined) return value;
  if (source === NAN) return NaN;
  return Number.isSafeInteger(value) || !/^-?\d+$/.test(source) ? value : BigInt(source);
};
