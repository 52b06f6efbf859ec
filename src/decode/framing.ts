import type { HeaderValue, InputRecord } from '../flow/record.ts';

/**
 * Where a record's schema id stands and where its Avro bytes begin.
 * Confluent wire format: magic byte 0, a 4-byte big-endian id, the value. Serializers that leave the value alone put the
 * id into a header instead; those of Confluent (`__value_schema_id`, magic byte 0 and 4 bytes) and Apicurio
 * (`apicurio.value.contentId`, 4 or 8 bytes, or `…globalId`) are recognised.
 */
export interface Framing {
  readonly schemaId: number;
  readonly start: number;
}

export interface FramingError {
  readonly code: 'VALUE_EMPTY' | 'WIRE_TOO_SHORT' | 'WIRE_MAGIC_BYTE';
  readonly message: string;
}

export const WIRE_PREFIX_BYTES = 5;

const HEADER_NAMES = ['__value_schema_id', 'apicurio.value.contentId', 'apicurio.value.globalId'];

/** The id in a header, or undefined. */
export function schemaIdFromHeaders(record: InputRecord): number | undefined {
  const { headers } = record;
  if (headers === undefined) return undefined;
  for (const name of HEADER_NAMES) {
    const bytes = first(headers[name]);
    const id = bytes === undefined ? undefined : idOf(bytes);
    if (id !== undefined) return id;
  }
  return undefined;
}

/** Confluent's serializers can also write a GUID there: magic byte 1 and 16 bytes. */
const GUID_BYTES = 17;

/** Whether a header names the schema in a way that is not supported. */
export function hasSchemaGuid({ headers }: InputRecord): boolean {
  const bytes = headers === undefined ? undefined : first(headers['__value_schema_id']);
  return bytes?.length === GUID_BYTES && bytes[0] === 1;
}

/** What is wrong with a value that neither has an id in a header nor starts with magic byte and id; undefined if it has. */
export function framingError(value: Buffer): FramingError | undefined {
  if (value.length === 0) return { code: 'VALUE_EMPTY', message: 'the value has no bytes' };
  if (value[0] !== 0) {
    return { code: 'WIRE_MAGIC_BYTE', message: `the first byte is ${value[0]!}, not the magic byte 0` };
  }
  if (value.length < WIRE_PREFIX_BYTES) {
    return { code: 'WIRE_TOO_SHORT', message: `the value has ${value.length} of the 5 bytes before the Avro data` };
  }
  return undefined;
}

function first(header: HeaderValue | readonly HeaderValue[] | undefined): Buffer | undefined {
  const value = Array.isArray(header) ? (header[0] as HeaderValue | undefined) : (header as HeaderValue | undefined);
  return typeof value === 'string' ? Buffer.from(value, 'latin1') : value;
}

function idOf(bytes: Buffer): number | undefined {
  if (bytes.length === 5 && bytes[0] === 0) return bytes.readUInt32BE(1);
  if (bytes.length === 4) return bytes.readUInt32BE(0);
  if (bytes.length === 8) return Number(bytes.readBigUInt64BE(0));
  return undefined;
}
