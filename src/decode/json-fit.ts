import type { SchemaNode } from '../flow/schema-node.ts';
import { timeUnits } from '../flow/time-unit.ts';
import { isWritten, WrittenNumber } from '../flow/written-number.ts';
import { timeOf } from './json-time.ts';

/** Whether a JSON value can have a type. Inner values are not checked. */
export function fits(node: SchemaNode, json: unknown): boolean {
  switch (node.kind) {
    case 'null':
      return json === null;
    case 'boolean':
      return typeof json === 'boolean';
    case 'int':
      return typeof json === 'number' && json === (json | 0);
    case 'long':
      return (
        isLong(json) ||
        (typeof json === 'string' && isPoint(node) && timeOf(node, json) !== undefined)
      );
    case 'float':
      return (
        isNumber(json) &&
        (Number.isFinite(Math.fround(Number(json))) || !Number.isFinite(Number(json)))
      );
    case 'double':
      return isNumber(json);
    case 'enum':
      return typeof json === 'string' && node.symbols.includes(json);
    case 'array':
      return Array.isArray(json);
    case 'record':
    case 'map':
      return isObject(json);
    case 'bytes':
    case 'fixed':
      if (typeof json === 'string')
        return isLatin1(json) && (node.kind !== 'fixed' || json.length === node.size);
      return node.scale !== undefined && isWritten(json);
    default:
      // Half a surrogate pair has no bytes in UTF-8, and other text would replace it.
      return typeof json === 'string' && json.isWellFormed();
  }
}

/** Whether a string has one character per byte. */
// eslint-disable-next-line no-control-regex -- a byte a letter
export const isLatin1 = (text: string): boolean => !/[^\u0000-\u00ff]/.test(text);

/** Words for numbers that JSON cannot write, in quotes as Java writes them. */
const WORDS: Readonly<Record<string, number>> = { NaN, Infinity, '-Infinity': -Infinity };

export const isWord = (json: unknown): json is string =>
  typeof json === 'string' && Object.hasOwn(WORDS, json);

const isNumber = (json: unknown): boolean => isWritten(json) || isWord(json);

/** Whether a value fits a float or a double. */
export const toNumber = (json: unknown): number => (isWord(json) ? WORDS[json]! : Number(json));

/**
 * Whether a string is read as a number: a point in time with its unit, such as
 * 2026-11-27T08:00:00Z.
 */
export const isPoint = (node: SchemaNode): boolean =>
  timeUnits(node).some(({ kind }) => kind === 'instant' || kind === 'local');

/** JSON that was read into doubles has lost digits beyond 2^53. */
const isLong = (json: unknown): boolean =>
  typeof json === 'bigint' ? BigInt.asIntN(64, json) === json : Number.isSafeInteger(json);

export const isObject = (json: unknown): json is Record<string, unknown> =>
  typeof json === 'object' &&
  json !== null &&
  !Array.isArray(json) &&
  !(json instanceof WrittenNumber);
