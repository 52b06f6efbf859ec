/** Kinds whose values may have another meaning, given by a name that Avro does not define. */
const KINDS = new Set(['int', 'long', 'float', 'double', 'string', 'bytes']);

/**
 * The name of a type whose meaning Avro does not define. Kafka Connect and Debezium write it in
 * `connect.name`, others in a `logicalType` of their own. A number with such a type is still a
 * number. It is a time only if its unit is known.
 */
export function foreignName(schema: unknown, known: readonly string[]): string | undefined {
  if (typeof schema !== 'object' || schema === null) return undefined;
  const { type, logicalType, 'connect.name': connect } = schema as Record<string, unknown>;
  if (typeof type !== 'string' || !KINDS.has(type)) return undefined;
  if (typeof logicalType === 'string' && known.includes(logicalType)) return undefined;
  if (typeof connect === 'string')
    return type !== 'bytes' || connect === CONNECT_DECIMAL ? connect : undefined;
  return typeof logicalType === 'string' && type !== 'bytes' ? logicalType : undefined;
}

const CONNECT_DECIMAL = 'org.apache.kafka.connect.data.Decimal';

/**
 * The scale of a decimal without a logical type. Kafka Connect writes it as a string in its
 * parameters.
 */
export function foreignScale(
  name: string,
  attributes: Readonly<Record<string, unknown>>,
): number | undefined {
  if (name !== CONNECT_DECIMAL) return undefined;
  const { scale, 'connect.parameters': parameters } = attributes;
  const given = Number(scale ?? (parameters as { scale?: unknown } | undefined)?.scale ?? NaN);
  return Number.isInteger(given) && given >= 0 ? given : undefined;
}
