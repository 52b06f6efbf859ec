import { ScorerError } from '../errors.ts';
import type { FieldNode, FixedNode, PrimitiveNode, SchemaNode } from '../flow/schema-node.ts';
import { timeUnits } from '../flow/time-unit.ts';
import { isWritten, WrittenNumber, type Written } from '../flow/written-number.ts';
import { ByteSink } from './byte-sink.ts';
import { LARGEST_SCALE, unscaled } from './json-decimal.ts';
import { timeOf } from './json-time.ts';

/**
 * Makes the function that turns an event in JSON into its Avro bytes, so that files, golden events
 * and requests take the same way as records. Unions may be written plainly (`3.5`) or as Avro's
 * JSON encoding has them (`{"double": 3.5}`), bytes as Latin-1 text, decimals also as numbers,
 * timestamps also as ISO 8601; what is left out takes its default. Throws INPUT_INVALID with the
 * path of what does not fit.
 */
export function jsonEncoder(node: SchemaNode): (event: unknown) => Buffer {
  const sink = new ByteSink(MAX_BYTES, () => {
    throw invalid('', 'is larger than 1 GiB');
  });
  return (event) => {
    sink.cut();
    write(sink, node, event, '');
    return sink.take();
  };
}

const MAX_BYTES = 2 ** 30;

function write(sink: ByteSink, node: SchemaNode, json: unknown, path: string): void {
  switch (node.kind) {
    case 'record': {
      writeRecord(sink, node.fields, json, path);
      return;
    }
    case 'union': {
      writeUnion(sink, node.branches, json, path);
      return;
    }
    case 'array':
      if (!Array.isArray(json)) throw mismatch(node, path);
      if (json.length > 0) sink.long(json.length);
      json.forEach((item, i) => {
        write(sink, node.items, item, `${path}[${i}]`);
      });
      {
        sink.byte(0);
        return;
      }
    case 'map': {
      if (!isObject(json)) throw mismatch(node, path);
      const entries = Object.entries(json);
      if (entries.length > 0) sink.long(entries.length);
      for (const [key, value] of entries) {
        if (!key.isWellFormed()) throw invalid(path, 'has a key that is no Unicode text');
        sink.text(key);
        write(sink, node.values, value, join(path, key));
      }
      sink.byte(0);
      return;
    }
    case 'bytes': {
      sink.sized(bytesOf(node, json, path));
      return;
    }
    case 'fixed': {
      sink.raw(bytesOf(node, json, path));
      return;
    }
    case 'int':
    case 'long': {
      sink.long(toWhole(node, json, path));
      return;
    }
    default:
      if (!fits(node, json)) throw mismatch(node, path);
      {
        writePlain(sink, node, json);
        return;
      }
  }
}

/** What has been seen to fit. */
function writePlain(sink: ByteSink, node: SchemaNode, json: unknown): void {
  switch (node.kind) {
    case 'boolean': {
      sink.byte(json === true ? 1 : 0);
      return;
    }
    case 'float': {
      sink.float(toNumber(json));
      return;
    }
    case 'double': {
      sink.double(toNumber(json));
      return;
    }
    case 'string': {
      sink.text(json as string);
      return;
    }
    case 'enum': {
      sink.long(node.symbols.indexOf(json as string));
      return;
    }
    default: // null
  }
}

function writeRecord(
  sink: ByteSink,
  fields: readonly FieldNode[],
  json: unknown,
  path: string,
): void {
  if (!isObject(json)) throw invalid(path, 'is not an object');
  const known = new Set(fields.map(({ name }) => name));
  const extra = Object.keys(json).find((key) => !known.has(key));
  if (extra !== undefined) throw invalid(join(path, extra), 'is not in the schema');
  for (const { name, node, defaultBytes } of fields) {
    const value = Object.hasOwn(json, name) ? json[name] : undefined;
    if (value === undefined && defaultBytes !== undefined) sink.raw(defaultBytes);
    else write(sink, node, value ?? null, join(path, name));
  }
}

function writeUnion(
  sink: ByteSink,
  branches: readonly SchemaNode[],
  json: unknown,
  path: string,
): void {
  const none = json === null ? branches.findIndex(({ kind }) => kind === 'null') : -1;
  if (none !== -1) {
    sink.long(none);
    return;
  }
  const keys = isObject(json) ? Object.keys(json) : [];
  const inside = keys.length === 1 ? (json as Record<string, unknown>)[keys[0]!] : undefined;
  // A record or a map may have a key that is called like a type.
  const named =
    keys.length === 1
      ? branches.findIndex((branch) => branchName(branch) === keys[0] && fits(branch, inside))
      : -1;
  const index = named === -1 ? branchOf(branches, json) : named;
  if (index === -1) throw invalid(path, `is none of ${branches.map(branchName).join(', ')}`);
  sink.long(index);
  write(sink, branches[index]!, named === -1 ? json : inside, path);
}

/**
 * The branch that a plain value is of: one that holds it as it is before one that it only fits. A
 * text is a text where the union has one, a number keeps its digits where a branch has room for
 * them, an object is the record whose fields it has.
 */
function branchOf(branches: readonly SchemaNode[], json: unknown): number {
  for (const test of [holds, isDouble, fits]) {
    const index = branches.findIndex((branch) => branch.kind !== 'null' && test(branch, json));
    if (index !== -1) return index;
  }
  return -1;
}

const isDouble = (node: SchemaNode, json: unknown): boolean =>
  node.kind === 'double' && fits(node, json);

function holds(node: SchemaNode, json: unknown): boolean {
  if (!fits(node, json)) return false;
  switch (node.kind) {
    case 'float':
      return !isWord(json) && Object.is(Math.fround(Number(json)), Number(json)) && isExact(json);
    case 'double':
      return !isWord(json) && isExact(json);
    case 'record':
      return hasFieldsOf(node.fields, json as Record<string, unknown>);
    case 'long':
    case 'bytes':
    case 'fixed':
      return typeof json !== 'string';
    default:
      return true;
  }
}

/** Whether a double has all digits of a number. */
const isExact = (json: unknown): boolean =>
  !(json instanceof WrittenNumber) && (typeof json !== 'bigint' || BigInt(Number(json)) === json);

/**
 * Looks no deeper than one record, so that unions in unions take no longer than the text that they
 * are written in.
 */
function hasFieldsOf(
  fields: readonly FieldNode[],
  json: Readonly<Record<string, unknown>>,
): boolean {
  const known = new Map(fields.map((field) => [field.name, field]));
  if (Object.keys(json).some((key) => !known.has(key))) return false;
  return fields.every(({ name, node, defaultBytes }) => {
    const value = Object.hasOwn(json, name) ? json[name] : undefined;
    if (value === undefined && defaultBytes !== undefined) return true;
    // A value in a union may be wrapped in the name of its branch.
    if (node.kind === 'union')
      return isObject(value) || node.branches.some((branch) => fits(branch, value ?? null));
    return fits(node, value ?? null);
  });
}

/** The key of a wrapped union value: the name of a named type, or its kind. */
function branchName(node: SchemaNode): string {
  return 'name' in node ? node.name : node.kind;
}

/** Text of a byte a letter. */
function bytesOf(node: BytesShape, json: unknown, path: string): Buffer {
  if (node.scale !== undefined && isWritten(json)) return toDecimal(node, node.scale, json, path);
  if (typeof json !== 'string') throw mismatch(node, path);
  if (node.scale !== undefined && NUMBER_AS_TEXT.test(json))
    throw invalid(
      path,
      'is a decimal as a text of digits: it has to be a number, or the text of its bytes',
    );
  if ((node.kind === 'fixed' && json.length !== node.size) || !isLatin1(json))
    throw mismatch(node, path);
  return Buffer.from(json, 'latin1');
}

function toWhole(node: SchemaNode, json: unknown, path: string): number | bigint {
  if (typeof json === 'string' && isPoint(node)) {
    const time = timeOf(node, json);
    if (time === undefined) throw mismatch(node, path);
    return time;
  }
  if ((typeof json !== 'number' && typeof json !== 'bigint') || !fits(node, json))
    throw mismatch(node, path);
  return json;
}

type BytesShape = FixedNode | PrimitiveNode;

/**
 * Programs write decimals as such texts, Avro's JSON the letters of their bytes: nobody can tell
 * one from the other. Bytes are hardly ever digits alone where there are three of them.
 */
const NUMBER_AS_TEXT = /^(?=.{3})[+-]?\d*\.?\d+(?:[eE][+-]?\d+)?$/;

/**
 * A decimal as a number, which may have no more digits than its scale: as two's complement, as
 * short as it goes or of the fixed size.
 */
function toDecimal(node: BytesShape, scale: number, json: Written, path: string): Buffer {
  const value =
    Number.isFinite(Number(json)) && scale <= LARGEST_SCALE ? unscaled(json, scale) : undefined;
  if (value === undefined) throw mismatch(node, path);
  if (value === 'more')
    throw invalid(
      path,
      `has more than the ${scale} digits behind the point that the schema has room for`,
    );
  let size = node.kind === 'fixed' ? node.size : 1;
  if (node.kind !== 'fixed') while (BigInt.asIntN(8 * size, value) !== value) size++;
  if (BigInt.asIntN(8 * size, value) !== value) throw mismatch(node, path);
  return Buffer.from(
    BigInt.asUintN(8 * size, value)
      .toString(16)
      .padStart(2 * size, '0'),
    'hex',
  );
}

function fits(node: SchemaNode, json: unknown): boolean {
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

// eslint-disable-next-line no-control-regex -- a byte a letter
const isLatin1 = (text: string): boolean => !/[^\u0000-\u00ff]/.test(text);

/** Numbers that JSON has no digits for, as Java's writers quote them. */
const WORDS: Readonly<Record<string, number>> = { NaN, Infinity, '-Infinity': -Infinity };
const isWord = (json: unknown): json is string =>
  typeof json === 'string' && Object.hasOwn(WORDS, json);

const isNumber = (json: unknown): boolean => isWritten(json) || isWord(json);

/** What has been seen to fit a float or a double. */
const toNumber = (json: unknown): number => (isWord(json) ? WORDS[json]! : Number(json));

/**
 * Whether a text is taken for its numbers: a point in time with its unit, as 2026-11-27T08:00:00Z.
 */
const isPoint = (node: SchemaNode): boolean =>
  timeUnits(node).some(({ kind }) => kind === 'instant' || kind === 'local');

/** JSON that was read into doubles has lost digits of what is beyond 2^53. */
const isLong = (json: unknown): boolean =>
  typeof json === 'bigint' ? BigInt.asIntN(64, json) === json : Number.isSafeInteger(json);

const isObject = (json: unknown): json is Record<string, unknown> =>
  typeof json === 'object' &&
  json !== null &&
  !Array.isArray(json) &&
  !(json instanceof WrittenNumber);

const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

function mismatch(node: SchemaNode, path: string): ScorerError {
  return invalid(path, `is not of the type ${node.logical ?? node.kind}`);
}

function invalid(path: string, what: string): ScorerError {
  return new ScorerError({ code: 'INPUT_INVALID', what: `${path || 'the event'} ${what}` });
}
