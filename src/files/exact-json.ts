import { ScorerError } from '../errors.ts';
import { digitsOf, sameDigits, WrittenNumber } from '../flow/written-number.ts';
import { keysInText, keysInValue, textEnd } from './json-keys.ts';

/** Temporary numbers for words that JSON does not have. Nobody writes such numbers. */
const NAN = '9e999999901';
const INFINITY = '9e999999902';
const STAND_INS: Readonly<Record<string, string>> = {
  NaN: NAN,
  Infinity: INFINITY,
  '-Infinity': `-${INFINITY}`,
};

/** One of the words in the place of a value: not in `-NaN` or `5.NaN`. */
const WORD = /(?<=^|[[:,\s])(?:NaN|-?Infinity)(?=$|[\],}\s])/g;

/**
 * Digits that a double may not hold, on both sides of a decimal point, or an exponent that may be
 * too large or not exact.
 */
const LONG_DIGITS = /(?:\d\.?){16}|[eE](?:\+?\d{2}|-\d{3})/;
/** A shorter number without an exponent fits a double. */
const FEW = 16;
const MAX_WHOLE = 2 ** 64;

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

/**
 * Reads JSON as programs write it. Integers beyond 2^53 become bigints instead of being rounded.
 * Other numbers that do not fit a double exactly become a WrittenNumber. The bare words NaN,
 * Infinity and -Infinity of Python and Java become numbers. Throws SyntaxError if it is not JSON,
 * and INPUT_INVALID if an object has a key twice (readers disagree on which value counts) or a
 * number is too large for a double.
 */
export function parseExactJson(text: string): unknown {
  const words = text.includes('NaN') || text.includes('Infinity');
  const json = words ? withStandIns(text) : text;
  const value: unknown =
    words || LONG_DIGITS.test(text)
      ? JSON.parse(json, exact as Parameters<typeof JSON.parse>[1])
      : JSON.parse(json);
  if (keysInText(text) !== keysInValue(value)) throw invalid('an object has the same key twice');
  return value;
}

const exact: Reviver = (_key, value, { source }) => {
  if (typeof value !== 'number' || source === undefined) return value;
  if (source === NAN) return NaN;
  if (!Number.isFinite(value) && !source.endsWith(INFINITY))
    throw invalid('a number is too large for a double');
  if (source.length < FEW && !/[eE]/.test(source)) return value;
  return source.endsWith(INFINITY) ? value : withAllDigits(value, source);
};

function withAllDigits(value: number, source: string): unknown {
  if (!Number.isSafeInteger(value) && /^-?\d+$/.test(source)) return BigInt(source);
  const written = digitsOf(source);
  const same = sameDigits(written, digitsOf(String(value)));
  const whole = written.exponent >= 0 && Math.abs(value) < MAX_WHOLE;
  if (whole && !Number.isSafeInteger(value))
    return BigInt(written.digits) * 10n ** BigInt(written.exponent) * (written.negative ? -1n : 1n);
  return same ? value : new WrittenNumber(source);
}

/** Only looks outside of strings. */
function withStandIns(text: string): string {
  const parts: string[] = [];
  for (let at = 0; at < text.length;) {
    const quote = text.indexOf('"', at);
    const start = quote === -1 ? text.length : quote;
    parts.push(text.slice(at, start).replace(WORD, (word) => STAND_INS[word]!));
    at = textEnd(text, start);
    parts.push(text.slice(start, at));
  }
  return parts.join('');
}

function invalid(what: string): ScorerError {
  return new ScorerError({ code: 'INPUT_INVALID', what });
}
