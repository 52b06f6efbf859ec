import { ScorerError } from '../errors.ts';
import type { FixedShape, PrimitiveShape, Shape } from '../flow/shape.ts';
import { timeUnits } from '../flow/time-unit.ts';
import { typeOf } from './avro-shape.ts';

/**
 * Makes the function that turns an event in JSON into its Avro bytes, so that files, golden events and requests take the
 * same way as records. Unions may be written plainly (`3.5`) or as Avro's JSON encoding has them (`{"double": 3.5}`),
 * bytes as Latin-1 text, decimals also as numbers, timestamps also as ISO 8601; what is left out takes its default. Throws INPUT_INVALID with the
 * path of what does not fit.
 */
export function jsonEncoder(shape: Shape): (event: unknown) => Buffer {
  const type = typeOf(shape);
  return (event) => type.toBuffer(toAvro(shape, event, ''));
}

function toAvro(shape: Shape, json: unknown, path: string): unknown {
  switch (shape.kind) {
    case 'record':
      return toRecord(shape.fields, json, path);
    case 'union':
      return toUnion(shape.branches, json, path);
    case 'array':
      if (!Array.isArray(json)) throw mismatch(shape, path);
      return json.map((item, i) => toAvro(shape.items, item, `${path}[${i}]`));
    case 'map':
      if (!isObject(json)) throw mismatch(shape, path);
      return Object.fromEntries(
        Object.entries(json).map(([key, value]) => [key, toAvro(shape.values, value, join(path, key))]),
      );
    case 'bytes':
    case 'fixed':
      if (shape.scale !== undefined && typeof json === 'number') return toDecimal(shape, shape.scale, json, path);
      if (typeof json !== 'string') throw mismatch(shape, path);
      if (shape.kind === 'fixed' && json.length !== shape.size) throw mismatch(shape, path);
      return Buffer.from(json, 'latin1');
    case 'int':
    case 'long':
      return toWhole(shape, json, path);
    default:
      if (!fits(shape, json)) throw mismatch(shape, path);
      return json;
  }
}

function toRecord(
  fields: readonly { name: string; shape: Shape; defaultBytes?: Buffer }[],
  json: unknown,
  path: string,
): unknown {
  if (!isObject(json)) throw invalid(path, 'is not an object');
  const known = new Set(fields.map(({ name }) => name));
  const extra = Object.keys(json).find((key) => !known.has(key));
  if (extra !== undefined) throw invalid(join(path, extra), 'is not in the schema');
  return Object.fromEntries(
    fields
      .filter(({ name, defaultBytes }) => json[name] !== undefined || defaultBytes === undefined)
      .map(({ name, shape }) => [name, toAvro(shape, json[name] ?? null, join(path, name))]),
  );
}

function toUnion(branches: readonly Shape[], json: unknown, path: string): unknown {
  if (json === null && branches.some(({ kind }) => kind === 'null')) return null;
  const keys = isObject(json) ? Object.keys(json) : [];
  const named = keys.length === 1 ? branches.find((branch) => branchName(branch) === keys[0]) : undefined;
  if (named !== undefined) return { [keys[0]!]: toAvro(named, (json as Record<string, unknown>)[keys[0]!], path) };
  for (const branch of branches) {
    if (branch.kind !== 'null' && fits(branch, json)) return { [branchName(branch)]: toAvro(branch, json, path) };
  }
  throw invalid(path, `is none of ${branches.map(branchName).join(', ')}`);
}

/** The key of a wrapped union value: the name of a named type, or its kind. */
function branchName(shape: Shape): string {
  return typeOf(shape).branchName ?? shape.kind;
}

function toWhole(shape: Shape, json: unknown, path: string): number {
  if (typeof json === 'string' && isPoint(shape)) {
    return toWhole(shape, Date.parse(json) * Math.round(1 / timeUnits(shape)[0]!.ms), path);
  }
  if (typeof json !== 'number' || !fits(shape, json)) throw mismatch(shape, path);
  return json;
}

type BytesShape = FixedShape | PrimitiveShape;

/** A decimal as a number: rounded to its scale, as two's complement, as short as it goes or of the fixed size. */
function toDecimal(shape: BytesShape, scale: number, json: number, path: string): Buffer {
  if (!(Math.abs(json) < 1e21) || scale > 100) throw mismatch(shape, path);
  const value = BigInt(json.toFixed(scale).replace('.', ''));
  let size = shape.kind === 'fixed' ? shape.size : 1;
  if (shape.kind !== 'fixed') while (BigInt.asIntN(8 * size, value) !== value) size++;
  if (BigInt.asIntN(8 * size, value) !== value) throw mismatch(shape, path);
  return Buffer.from(
    BigInt.asUintN(8 * size, value)
      .toString(16)
      .padStart(2 * size, '0'),
    'hex',
  );
}

function fits(shape: Shape, json: unknown): boolean {
  switch (shape.kind) {
    case 'null':
      return json === null;
    case 'boolean':
      return typeof json === 'boolean';
    case 'int':
      return (json as number) === ((json as number) | 0);
    case 'long':
      return isLong(json) || (typeof json === 'string' && isPoint(shape));
    case 'float':
    case 'double':
      return typeof json === 'number';
    case 'enum':
      return typeof json === 'string' && shape.symbols.includes(json);
    case 'array':
      return Array.isArray(json);
    case 'record':
    case 'map':
      return isObject(json);
    case 'bytes':
    case 'fixed':
      return typeof json === 'string' || (shape.scale !== undefined && typeof json === 'number');
    default:
      return typeof json === 'string';
  }
}

/** Whether a text is taken for its numbers: a point in time with its unit, as 2026-11-27T08:00:00Z. */
const isPoint = (shape: Shape): boolean => timeUnits(shape).some(({ kind }) => kind === 'instant' || kind === 'local');

/** avsc writes no longs beyond 2^53 - 2. */
const isLong = (json: unknown): boolean =>
  Number.isSafeInteger(json) && Math.abs(json as number) < Number.MAX_SAFE_INTEGER;

const isObject = (json: unknown): json is Record<string, unknown> =>
  typeof json === 'object' && json !== null && !Array.isArray(json);

const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

function mismatch(shape: Shape, path: string): ScorerError {
  return invalid(path, `is not of the type ${shape.logical ?? shape.kind}`);
}

function invalid(path: string, what: string): ScorerError {
  return new ScorerError({ code: 'INPUT_INVALID', what: `${path || 'the event'} ${what}` });
}
