import { timeUnits } from '../flow/time-unit.ts';
import { foreignName, foreignScale } from './foreign-types.ts';

/** What a schema says about the meaning of a type's values. */
export interface Logical {
  readonly logical?: string;
  readonly scale?: number;
}

type Attributes = Readonly<Record<string, unknown>>;

const LONG = [
  'time-micros',
  'timestamp-millis',
  'timestamp-micros',
  'timestamp-nanos',
  'local-timestamp-millis',
  'local-timestamp-micros',
  'local-timestamp-nanos',
];

/** The logical types that the program knows, by the kind that each belongs to. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  int: ['date', 'time-millis'],
  long: LONG,
  string: ['uuid'],
  bytes: ['decimal'],
  fixed: ['decimal', 'uuid', 'duration'],
};

const NAMES = Object.values(KNOWN).flat();

/**
 * The logical type of a schema. It is ignored if it is unknown, invalid, or belongs to another
 * kind, as Avro says.
 */
export function logicalOf(kind: string, attributes: Attributes): Logical {
  const { logicalType, size } = attributes;
  const foreign = foreignName({ ...attributes, type: kind }, NAMES);
  if (foreign !== undefined) {
    const scale = foreignScale(foreign, attributes);
    return { logical: foreign, ...(scale === undefined ? {} : { scale }) };
  }
  if (typeof logicalType !== 'string' || KNOWN[kind]?.includes(logicalType) !== true) return {};
  if (logicalType === 'decimal') return decimal(attributes);
  if (kind === 'fixed' && size !== (logicalType === 'uuid' ? 16 : 12)) return {};
  const { 'connect.name': connect } = attributes;
  return typeof connect === 'string'
    ? either({ logical: logicalType }, connect)
    : { logical: logicalType };
}

/**
 * If a type names two contradicting units, such as `timestamp-millis` and the MicroTimestamp of
 * Debezium, its unit is unknown. The converter of Confluent rejects such a schema, and a guess
 * could be wrong by a factor of a thousand.
 */
export function either(own: Logical, other: string): Logical {
  const [[unit], [also]] = [timeUnits(own), timeUnits({ logical: other })];
  if (unit === undefined || also === undefined) return own;
  const same = unit.ms === also.ms && (unit.kind === 'ofDay') === (also.kind === 'ofDay');
  return same ? own : { logical: `${own.logical} or ${other}` };
}

/** Attributes that are written next to a type and have a meaning. */
export function attributesOf(schema: Attributes): Attributes {
  const {
    type: _type,
    name: _name,
    namespace: _namespace,
    size: _size,
    aliases: _aliases,
    doc: _doc,
    ...own
  } = schema;
  return own;
}

/** A precision that fits the size, and a scale within the precision. Without a scale it is 0. */
function decimal({ precision, scale = 0, size }: Attributes): Logical {
  if (!isCount(precision) || precision === 0 || !isCount(scale) || scale > precision) return {};
  if (typeof size === 'number' && precision > Math.floor((8 * size - 1) * Math.log10(2))) return {};
  return { logical: 'decimal', scale };
}

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;
