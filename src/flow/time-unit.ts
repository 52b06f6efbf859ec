import type { SchemaNode } from './schema-node.ts';

/**
 * The meaning of a number as a time: a point in time, a time without a zone, or a time of the day;
 * and its unit.
 */
export interface TimeUnit {
  readonly kind: 'instant' | 'local' | 'day' | 'ofDay';
  readonly ms: number;
}

const UNITS: Readonly<Record<string, TimeUnit>> = {
  date: { kind: 'day', ms: 86_400_000 },
  'time-millis': { kind: 'ofDay', ms: 1 },
  'time-micros': { kind: 'ofDay', ms: 1e-3 },
  'timestamp-millis': { kind: 'instant', ms: 1 },
  'timestamp-micros': { kind: 'instant', ms: 1e-3 },
  'timestamp-nanos': { kind: 'instant', ms: 1e-6 },
  'local-timestamp-millis': { kind: 'local', ms: 1 },
  'local-timestamp-micros': { kind: 'local', ms: 1e-3 },
  'local-timestamp-nanos': { kind: 'local', ms: 1e-6 },
  // Kafka Connect and Debezium, by `connect.name`.
  'org.apache.kafka.connect.data.Date': { kind: 'day', ms: 86_400_000 },
  'org.apache.kafka.connect.data.Time': { kind: 'ofDay', ms: 1 },
  'org.apache.kafka.connect.data.Timestamp': { kind: 'instant', ms: 1 },
  'io.debezium.time.Date': { kind: 'day', ms: 86_400_000 },
  'io.debezium.time.Time': { kind: 'ofDay', ms: 1 },
  'io.debezium.time.MicroTime': { kind: 'ofDay', ms: 1e-3 },
  'io.debezium.time.NanoTime': { kind: 'ofDay', ms: 1e-6 },
  // A clock of a database without a zone. Many run in UTC, so `timeZone` may be set.
  'io.debezium.time.Timestamp': { kind: 'instant', ms: 1 },
  'io.debezium.time.MicroTimestamp': { kind: 'instant', ms: 1e-3 },
  'io.debezium.time.NanoTimestamp': { kind: 'instant', ms: 1e-6 },
};

/** The part of a node that is needed to know its unit. */
type Timed = SchemaNode | { readonly logical?: string };

/**
 * The units that a schema declares for a number, each once: none if it is not a time, several for a
 * union of several.
 */
export function timeUnits(node: Timed): readonly TimeUnit[] {
  const branches = 'branches' in node ? node.branches : [node];
  return [...new Set(branches.flatMap(({ logical }) => unitOf(logical) ?? []))];
}

const unitOf = (logical = ''): TimeUnit | undefined =>
  Object.hasOwn(UNITS, logical) ? UNITS[logical] : undefined;

/**
 * Why the numbers of a schema cannot be read as times, for people: the unit of a type is unknown,
 * or some branches have a unit and others have none. Numbers without a type of their own count as
 * milliseconds.
 */
export function notATime(node: SchemaNode): string | undefined {
  const all = 'branches' in node ? node.branches : [node];
  const numbers = all.filter(({ kind }) => ['int', 'long', 'float', 'double'].includes(kind));
  const strange = numbers.find(
    ({ logical }) => logical !== undefined && unitOf(logical) === undefined,
  );
  if (strange !== undefined) return `the unit of ${strange.logical} is not known`;
  const known = numbers.map(({ logical }) => unitOf(logical));
  return new Set(known.map((unit) => unit && `${unit.kind} ${unit.ms}`)).size > 1
    ? 'its branches are times with different units'
    : undefined;
}

/**
 * The factor from the numbers of one schema to those of the other, if both declare a time.
 * Registries allow a change from millis to micros, because Avro's rules of evolution ignore units.
 * 1 if they do not differ.
 */
export function timeFactor(writer: Timed, reader: Timed): number {
  const [[from], [to]] = [timeUnits(writer), timeUnits(reader)];
  if (from === undefined || to === undefined || (from.kind === 'ofDay') !== (to.kind === 'ofDay'))
    return 1;
  return from.ms >= to.ms ? Math.round(from.ms / to.ms) : 1 / Math.round(to.ms / from.ms);
}

/**
 * The factor for a number from which a part of a time is taken, to a unit of `unitMs`. Undefined if
 * the writer's numbers are not such times: their unit is unknown, or they are times of the day and
 * the reader's are not.
 */
export function factorTo(writer: Timed, reader: Timed, unitMs: number): number | undefined {
  const [[own], [to]] = [timeUnits(writer), timeUnits(reader)];
  if (own === undefined) return 'logical' in writer ? undefined : 1;
  if (to !== undefined)
    return (own.kind === 'ofDay') === (to.kind === 'ofDay')
      ? timeFactor(writer, reader)
      : undefined;
  return own.ms >= unitMs ? Math.round(own.ms / unitMs) : 1 / Math.round(unitMs / own.ms);
}
