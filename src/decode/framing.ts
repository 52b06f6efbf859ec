import { WIRE_PREFIX_BYTES } from '../flow/wire-prefix.ts';
import { lastHeader, type Headers } from '../flow/headers.ts';
import type { InputRecord } from '../flow/record.ts';
import type { SchemaKey } from './registry.ts';

/**
 * The schema key of a record, and where its Avro bytes begin. Confluent wire format: magic byte 0,
 * a 4-byte big-endian id, the value. Some serializers write the id into a header instead and leave
 * the value alone. The headers of Confluent (`__value_schema_id`, magic byte 0 and 4 bytes, or 1
 * and a GUID) and of Apicurio (`apicurio.value.contentId`, 4 or 8 bytes, or `…globalId`) are
 * recognised. Each kind has its own numbers.
 */
export interface FramingError {
  readonly code: 'VALUE_EMPTY' | 'WIRE_TOO_SHORT' | 'WIRE_MAGIC_BYTE';
  readonly message: string;
}

/** Serializers of Confluent write a GUID as magic byte 1 and 16 bytes. */
const GUID_BYTES = 17;

/** The schema key in a header, or undefined. */
export function schemaKeyFromHeaders({ headers }: InputRecord): SchemaKey | undefined {
  if (headers === undefined) return undefined;
  const confluent = bytesIn(headers, '__value_schema_id');
  if (confluent !== undefined) {
    if (confluent.length === GUID_BYTES && confluent[0] === 1) return guidOf(confluent);
    const id = idOf(confluent);
    if (id !== undefined) return Number(id);
  }
  const contentId = numberIn(headers, 'apicurio.value.contentId');
  if (contentId !== undefined) return `contentId ${contentId}`;
  const globalId = numberIn(headers, 'apicurio.value.globalId');
  return globalId === undefined ? undefined : `globalId ${globalId}`;
}

/**
 * The problem of a value that has no id in a header and does not start with magic byte and id.
 * Undefined if there is none.
 */
export function framingError(value: Buffer): FramingError | undefined {
  if (value.length === 0) return { code: 'VALUE_EMPTY', message: 'the value has no bytes' };
  if (value[0] !== 0) {
    return {
      code: 'WIRE_MAGIC_BYTE',
      message: `the first byte is ${value[0]!}, not the magic byte 0`,
    };
  }
  if (value.length < WIRE_PREFIX_BYTES) {
    return {
      code: 'WIRE_TOO_SHORT',
      message: `the value has only ${value.length} of the 5 bytes that come before the Avro data`,
    };
  }
  return undefined;
}

function bytesIn(headers: Headers, name: string): Buffer | undefined {
  const value = lastHeader(headers, name);
  return typeof value === 'string' ? Buffer.from(value, 'latin1') : value;
}

function numberIn(headers: Headers, name: string): bigint | undefined {
  const bytes = bytesIn(headers, name);
  return bytes === undefined ? undefined : idOf(bytes);
}

function idOf(bytes: Buffer): bigint | undefined {
  if (bytes.length === 5 && bytes[0] === 0) return BigInt(bytes.readUInt32BE(1));
  if (bytes.length === 4) return BigInt(bytes.readUInt32BE(0));
  if (bytes.length === 8) return bytes.readBigInt64BE(0);
  return undefined;
}

function guidOf(bytes: Buffer): `guid ${string}` {
  return `guid ${bytes.toString('hex', 1).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')}`;
}
