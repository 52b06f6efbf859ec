import { createHmac } from 'node:crypto';
import type { CarriedField, Events } from '../flow/events.ts';
import { RecordView } from '../flow/record-view.ts';
import { describeType, type SchemaNode } from '../flow/schema-node.ts';
import { nullableStringBytes, stringBytes } from './avro-bytes.ts';

/** A carried field whose value must not be read in the output. */
export interface ProtectedField {
  /** Its place among the carried fields. */
  readonly slot: number;
  /** The type that its bytes have. */
  readonly node: SchemaNode;
  /** Makes the text that is written instead of the value. */
  readonly conceal: (value: Buffer) => string;
}

/** HMAC-SHA256 of the value as text (of bytes: as they are), in hexadecimal digits. */
export function hashing(key: string): ProtectedField['conceal'] {
  return (value) => createHmac('sha256', key).update(value).digest('hex');
}

const HIDDEN = '****';

/** The last characters of the value. Its length is not shown, and no short value as a whole. */
export function keepingLast(count: number): ProtectedField['conceal'] {
  return (value) => {
    const characters = Array.from(value.toString());
    return count === 0 || characters.length <= count
      ? HIDDEN
      : HIDDEN + characters.slice(-count).join('');
  };
}

/** Why a field of this type cannot be protected; undefined if it can. */
export function unprotectable(node: SchemaNode, masked: boolean): string | undefined {
  const kinds = masked ? TEXTS : [...TEXTS, 'bytes', 'fixed'];
  const wrong = branchesOf(node).find(
    ({ kind, scale }) => kind !== 'null' && (!kinds.includes(kind) || scale !== undefined),
  );
  if (wrong === undefined) return undefined;
  const takes = masked
    ? 'a string, an enum or an integer'
    : 'a string, an enum, an integer or bytes';
  return `it is ${describeType(wrong)}, but only ${takes} can be ${masked ? 'masked' : 'hashed'}`;
}

const TEXTS: readonly SchemaNode['kind'][] = ['string', 'enum', 'int', 'long'];

const branchesOf = (node: SchemaNode): readonly SchemaNode[] =>
  node.kind === 'union' ? node.branches : [node];

/** The Avro type of a protected field. */
export const protectedType = (nullable: boolean): unknown =>
  nullable ? ['null', 'string'] : 'string';

/** Makes the function that returns the carried fields of a batch, without what must not be read. */
export function createProtection(
  fields: readonly ProtectedField[],
): (events: Events) => readonly CarriedField[] {
  const bySlot = new Map(fields.map((field) => [field.slot, field]));
  return function protect({ batch, fates, carried }) {
    return carried.map((field, slot) => {
      const own = bySlot.get(slot);
      if (own === undefined) return field;
      const { node, conceal } = own;
      const nullable = branchesOf(node).some(({ kind }) => kind === 'null');
      const start = new Int32Array(fates.rows).fill(-1);
      const other = new Array<Buffer | undefined>(fates.rows);
      for (let row = 0; row < fates.rows; row++) {
        if (!fates.isAlive(row)) continue;
        const record = batch.records[row]!;
        const from = field.start[row]!;
        const bytes =
          from < 0
            ? field.other[row]!
            : (record instanceof RecordView ? record.block : record.value!).subarray(
                from,
                field.end[row],
              );
        const value = valueOf(node, bytes);
        const text = value && conceal(value);
        other[row] = nullable ? nullableStringBytes(text) : stringBytes(text ?? '');
      }
      return { start, end: start, other };
    });
  };
}

/** The value as text in UTF-8, or its bytes; null for null. The decoder has checked the bytes. */
function valueOf(node: SchemaNode, bytes: Buffer): Buffer | null {
  if (node.kind === 'union') {
    const [index, at] = readLong(bytes, 0);
    return valueOf(node.branches[Number(index)]!, bytes.subarray(at));
  }
  switch (node.kind) {
    case 'null':
      return null;
    case 'fixed':
      return bytes.subarray(0, node.size);
    case 'enum':
      return Buffer.from(node.symbols[Number(readLong(bytes, 0)[0])]!);
    case 'int':
    case 'long':
      return Buffer.from(String(readLong(bytes, 0)[0]));
    default: {
      const [length, at] = readLong(bytes, 0);
      return bytes.subarray(at, at + Number(length));
    }
  }
}

/** A zigzag varint with all its digits, and the position after it. */
function readLong(bytes: Buffer, at: number): [value: bigint, end: number] {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    const byte = bytes[at++]!;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  return [(value >> 1n) ^ -(value & 1n), at];
}
