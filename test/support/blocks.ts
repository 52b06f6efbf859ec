import avro from 'avsc';
import type { Type } from 'avsc';
import type { RandomAvro } from './random-avro.ts';

/**
 * Writes a value as other languages may: arrays and maps in several blocks, some of which say their
 * length.
 */
export function inBlocks(random: RandomAvro, type: Type, value: unknown): Buffer {
  if (type instanceof avro.types.RecordType) {
    return Buffer.concat(
      type.fields.map((f) => inBlocks(random, f.type, (value as Record<string, unknown>)[f.name])),
    );
  }
  if (type instanceof avro.types.WrappedUnionType) {
    const name = value === null ? 'null' : Object.keys(value as object)[0]!;
    const index = type.types.findIndex(
      (branch) => branch.branchName === name || branch.typeName === name,
    );
    const inner = value === null ? null : (value as Record<string, unknown>)[name];
    return Buffer.concat([varint(index), inBlocks(random, type.types[index]!, inner)]);
  }
  if (type instanceof avro.types.ArrayType) {
    return blocks(
      random,
      (value as unknown[]).map((item) => inBlocks(random, type.itemsType, item)),
    );
  }
  if (type instanceof avro.types.MapType) {
    const entries = Object.entries(value as object).map(([key, item]) =>
      Buffer.concat([
        varint(Buffer.byteLength(key)),
        Buffer.from(key),
        inBlocks(random, type.valuesType as Type, item),
      ]),
    );
    return blocks(random, entries);
  }
  return type.toBuffer(value);
}

function blocks(random: RandomAvro, entries: readonly Buffer[]): Buffer {
  const parts: Buffer[] = [];
  for (let i = 0; i < entries.length;) {
    const count = random.int(1, entries.length - i);
    const content = Buffer.concat(entries.slice(i, i + count));
    parts.push(
      ...(random.chance(0.5) ? [varint(-count), varint(content.length)] : [varint(count)]),
      content,
    );
    i += count;
  }
  return Buffer.concat([...parts, varint(0)]);
}

const long = avro.Type.forSchema('long');
const varint = (value: number): Buffer => long.toBuffer(value);
