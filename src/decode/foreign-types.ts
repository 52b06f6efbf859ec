/** Kinds whose values mean something else than themselves by a name that is none of Avro's. */
const KINDS = new Set(['int', 'long', 'float', 'double', 'string', 'bytes']);

/**
 * What a schema calls its values where Avro has no name for them: Kafka Connect and Debezium say it
 * in `connect.name`, others in a `logicalType` of their own. A number of such a type is a number;
 * as a time it is only read where its unit is known.
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

/** The scale of a decimal that has no logical type: Connect's is a text among its parameters. */
export function foreignScale(
  name: string,
  attributes: Readonly<Record<string, unknown>>,
): number | undefined {
  if (name !== CONNECT_DECIMAL) return undefined;
  const { scale, 'connect.parameters': parameters } = attributes;
  const given = Number(scale ?? (parameters as { scale?: unknown } | undefined)?.scale ?? NaN);
  return Number.isInteger(given) && given >= 0 ? given : undefined;
}
