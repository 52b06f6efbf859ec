import { allowsNull, type FieldNode, type SchemaNode } from '../flow/schema-node.ts';
import { ByteSink } from './byte-sink.ts';
import { branchName, branchOf } from './json-branch.ts';
import { bytesOf } from './json-bytes.ts';
import { fits, isObject, isPoint, toNumber } from './json-fit.ts';
import { invalid, join, mismatch } from './json-problem.ts';
import { timeOf } from './json-time.ts';

/**
 * Creates the function that turns an event in JSON into its Avro bytes, so files, golden events and
 * requests take the same way as records. Union values may be plain (`3.5`) or wrapped as in the
 * JSON encoding of Avro (`{"double": 3.5}`). Bytes are Latin-1 text, decimals may be numbers,
 * timestamps may be ISO 8601. A missing field takes its default. Throws INPUT_INVALID with the path
 * of the wrong value.
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
    case 'record':
      writeRecord(sink, node.fields, json, path);
      return;
    case 'union':
      writeUnion(sink, node.branches, json, path);
      return;
    case 'array':
      if (!Array.isArray(json)) throw mismatch(node, path);
      if (json.length > 0) sink.long(json.length);
      json.forEach((item, i) => {
        write(sink, node.items, item, `${path}[${i}]`);
      });
      sink.byte(0);
      return;
    case 'map': {
      if (!isObject(json)) throw mismatch(node, path);
      const entries = Object.entries(json);
      if (entries.length > 0) sink.long(entries.length);
      for (const [key, value] of entries) {
        if (!key.isWellFormed()) throw invalid(path, 'has a key that is not valid Unicode');
        sink.text(key);
        write(sink, node.values, value, join(path, key));
      }
      sink.byte(0);
      return;
    }
    case 'bytes':
      sink.sized(bytesOf(node, json, path));
      return;
    case 'fixed':
      sink.raw(bytesOf(node, json, path));
      return;
    case 'int':
    case 'long':
      sink.long(toWhole(node, json, path));
      return;
    default:
      if (!fits(node, json)) throw mismatch(node, path);
      writePlain(sink, node, json);
  }
}

/** Pairs of node and value that are known to fit. */
function writePlain(sink: ByteSink, node: SchemaNode, json: unknown): void {
  switch (node.kind) {
    case 'boolean':
      sink.byte(json === true ? 1 : 0);
      return;
    case 'float':
      sink.float(toNumber(json));
      return;
    case 'double':
      sink.double(toNumber(json));
      return;
    case 'string':
      sink.text(json as string);
      return;
    case 'enum':
      sink.long(node.symbols.indexOf(json as string));
      return;
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
    else if (value === undefined && !allowsNull(node))
      throw invalid(join(path, name), 'is missing, and the schema has no default for it');
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
  // A record or a map may have a key with the name of a type.
  const named =
    keys.length === 1
      ? branches.findIndex((branch) => branchName(branch) === keys[0] && fits(branch, inside))
      : -1;
  const index = named === -1 ? branchOf(branches, json) : named;
  if (index === -1) throw invalid(path, `is not one of ${branches.map(branchName).join(', ')}`);
  sink.long(index);
  write(sink, branches[index]!, named === -1 ? json : inside, path);
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
