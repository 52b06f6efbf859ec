/** A zero byte and the id of the schema, before the Avro body: the registry's wire format. */
export const WIRE_PREFIX_BYTES = 5;

/** The bytes before the body of a value with this schema. */
export function wirePrefix(schemaId: number): Buffer {
  const prefix = Buffer.alloc(WIRE_PREFIX_BYTES);
  prefix.writeUInt32BE(schemaId, 1);
  return prefix;
}
