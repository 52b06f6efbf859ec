import type { SchemaNode } from './schema-node.ts';

/**
 * What a number means as a time: a point in time, one without a zone, or a time of the day; and its
 * unit.
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
  // A database's clock without a zone, which many have at UTC: `timeZone` may be given.
  'io.debezium.time.Timestamp': { kind: 'instant', ms: 1 },
  'io.debezium.time.MicroTimestamp': { kind: 'instant', ms: 1e-3 },
  'io.debezium.time.NanoTimestamp': { kind: 'instant', ms: 1e-6 },
};

/** As much of a shape as it takes to know its unit. */
type Timed = SchemaNode | { readonly logical?: string };

/**
 * The units that a schema declares for a number, each once: none where it is no time, several in a
 * union of several.
 */
export function timeUnits(node: Timed): readonly TimeUnit[] {
  const branches = 'branches' in node ? node.branches : [node];
  return [...new Set(branches.flatMap(({ logical }) => unitOf(logical) ?? []))];
}

const unitOf = (logical = ''): TimeUnit | undefined =>
  Object.hasOwn(UNITS, logical) ? UNITS[logical] : undefined;

/**
 * Why the numbers of a schema cannot be read as times, for people: their type is none with a unit
 * that is known, or some have a unit and others none. Numbers without any type of their own are
 * taken for milliseconds.
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
 * What a number of one schema is multiplied with to be one of the other, where both declare a time:
 * registries let a field change from millis to micros, as Avro's rules of evolution do not look at
 * units. 1 where they do not differ.
 */
export function timeFactor(writer: Timed, reader: Timed): number {
  const [[from], [to]] = [timeUnits(writer), timeUnits(reader)];
  if (from === undefined || to === undefined || (from.kind === 'ofDay') !== (to.kind === 'ofDay'))
    return 1;
  return from.ms >= to.ms ? Math.round(from.ms / to.ms) : 1 / Math.round(to.ms / from.ms);
}

/**
 * The same of a number that a part of a time is taken of, to a unit of so many ms. Undefined where
 * the writer's are no such times: their unit is not known, or they are times of the day where the
 * reader has others.
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
