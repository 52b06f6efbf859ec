import type { SchemaNode } from '../flow/schema-node.ts';
import { timeUnits } from '../flow/time-unit.ts';
import { isWritten, WrittenNumber } from '../flow/written-number.ts';
import { timeOf } from './json-time.ts';

/** Whether a value of JSON can be of a type; nothing is said of what is inside of it. */
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
      // Half a surrogate pair has no bytes in UTF-8; another text would stand in its place.
      return typeof json === 'string' && json.isWellFormed();
  }
}

/** Whether a text has a letter for each byte. */
// eslint-disable-next-line no-control-regex -- a byte a letter
export const isLatin1 = (text: string): boolean => !/[^\u0000-\u00ff]/.test(text);

/** Numbers that JSON has no digits for, as Java's writers quote them. */
const WORDS: Readonly<Record<string, number>> = { NaN, Infinity, '-Infinity': -Infinity };

export const isWord = (json: unknown): json is string =>
  typeof json === 'string' && Object.hasOwn(WORDS, json);

const isNumber = (json: unknown): boolean => isWritten(json) || isWord(json);

/** What has been seen to fit a float or a double. */
export const toNumber = (json: unknown): number => (isWord(json) ? WORDS[json]! : Number(json));

/**
 * Whether a text is taken for its numbers: a point in time with its unit, as 2026-11-27T08:00:00Z.
 */
export const isPoint = (node: SchemaNode): boolean =>
  timeUnits(node).some(({ kind }) => kind === 'instant' || kind === 'local');

/** JSON that was read into doubles has lost digits of what is beyond 2^53. */
const isLong = (json: unknown): boolean =>
  typeof json === 'bigint' ? BigInt.asIntN(64, json) === json : Number.isSafeInteger(json);

export const isObject = (json: unknown): json is Record<string, unknown> =>
  typeof json === 'object' &&
  json !== null &&
  !Array.isArray(json) &&
  !(json instanceof WrittenNumber);
