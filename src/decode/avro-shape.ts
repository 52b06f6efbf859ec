import avro from 'avsc';
import type { Type } from 'avsc';
import { foreignName, foreignScale } from './foreign-types.ts';
import type { FieldShape, Shape } from '../flow/shape.ts';
import { timeFactor } from '../flow/time-unit.ts';

/** Logical types whose name the program wants to know; their bytes stay those of the type below. */
const LOGICAL_TYPES = [
  'date',
  'time-millis',
  'time-micros',
  'timestamp-millis',
  'timestamp-micros',
  'timestamp-nanos',
  'local-timestamp-millis',
  'local-timestamp-micros',
  'local-timestamp-nanos',
  'decimal',
  'uuid',
  'duration',
];

type Attributes = Record<string, unknown>;

/** Keeps the name and the attributes of a logical type, and leaves its values alone (avsc would drop all of it). */
class NamedLogicalType extends avro.types.LogicalType {
  readonly attributes: Attributes;

  constructor(schema: Attributes, options: unknown) {
    super(schema as never, options);
    const { type: _type, name: _name, namespace: _namespace, size: _size, ...attributes } = schema;
    this.attributes = attributes;
    if (String(attributes['logicalType']).startsWith(FOREIGN)) {
      const { [ORIGINAL]: original, logicalType: _logicalType, ...own } = attributes;
      this.attributes = { ...own, ...(original === undefined ? {} : { logicalType: original }) };
    }
  }

  protected override _export(schema: unknown): void {
    delete (schema as Attributes)['logicalType']; // avsc's name for it; its own is among the attributes
    Object.assign(schema as Attributes, this.attributes);
  }

  protected override _fromValue(value: unknown): unknown {
    return value;
  }

  protected override _toValue(value: unknown): unknown {
    return value;
  }

  /** Times of another unit are converted; decimals of another scale are not read, as Avro says. */
  protected override _resolve(type: Type): unknown {
    if (!(type instanceof NamedLogicalType)) {
      return avro.Type.isType(type, this.underlyingType.typeName) ? (value: unknown) => value : undefined;
    }
    const [from, to] = [logicalOf(type), logicalOf(this)];
    if (from.scale !== to.scale) return undefined;
    if (!readable(this.underlyingType, type.underlyingType)) return undefined;
    const factor = timeFactor(from, to);
    return factor === 1 ? (value: unknown) => value : (value: unknown) => Math.floor((value as number) * factor);
  }
}

/** Whether values of one type are values of the other without a change, a whole number of either kind for one. */
function readable(reader: Type, writer: Type): boolean {
  const whole = ({ typeName }: Type): boolean => typeName === 'int' || typeName === 'long';
  return reader.typeName === writer.typeName || (whole(reader) && whole(writer));
}

/** Marks, for avsc, a name that is no logical type of Avro's. */
const FOREIGN = 'foreign:';
const ORIGINAL = 'foreign.logicalType';

/** Gives a type with a foreign name that name; what it writes as its schema stays as it was. */
function nameForeign(schema: unknown, options: unknown): Type | undefined {
  const logical = (schema as { logicalType?: unknown } | null)?.logicalType;
  if (typeof logical === 'string' && logical.startsWith(FOREIGN)) return undefined; // from inside the constructor below
  const name = foreignName(schema, LOGICAL_TYPES);
  if (name === undefined) return undefined;
  const named = { ...(schema as Attributes), logicalType: FOREIGN + name, [ORIGINAL]: logical };
  return new NamedLogicalType(named, options);
}

/** How every schema is parsed, so that types of different schemas fit together. */
export const AVRO_OPTIONS = {
  wrapUnions: true,
  logicalTypes: Object.fromEntries(LOGICAL_TYPES.map((name) => [name, NamedLogicalType])),
  typeHook: nameForeign,
} as const;

/** Parses an Avro schema. Throws avsc's error where it is not one. */
export function parseSchema(schema: unknown): Shape {
  // A copy: avsc writes the names it defines into its options, and the next schema would find them taken.
  return shapeOf(avro.Type.forSchema(schema as never, { ...AVRO_OPTIONS } as never));
}

/** The shape of a type that was parsed with `AVRO_OPTIONS`. */
export function shapeOf(type: Type): Shape {
  return new Shaper().shape(type);
}

const TYPES = new WeakMap<Shape, Type>();

/** The type a shape was made of. */
export function typeOf(shape: Shape): Type {
  const type = TYPES.get(shape);
  if (type === undefined) throw new TypeError('this shape was not made of an Avro type');
  return type;
}

class Shaper {
  readonly #known = new Map<Type, Shape>();

  shape(type: Type): Shape {
    const known = this.#known.get(type);
    if (known !== undefined) return known;
    const shape = { ...node(type) };
    this.#known.set(type, shape as unknown as Shape);
    const inner = type instanceof avro.types.LogicalType ? type.underlyingType : type;
    Object.assign(shape, this.#content(inner));
    TYPES.set(shape as unknown as Shape, type);
    return shape as unknown as Shape;
  }

  #content(type: Type): Attributes {
    if (type instanceof avro.types.RecordType) {
      return { kind: 'record', name: type.name, fields: type.fields.map((field) => this.#field(field)) };
    }
    if (type instanceof avro.types.EnumType) return { kind: 'enum', name: type.name, symbols: type.symbols };
    if (type instanceof avro.types.FixedType) return { kind: 'fixed', name: type.name, size: type.size };
    if (type instanceof avro.types.ArrayType) return { kind: 'array', items: this.shape(type.itemsType) };
    if (type instanceof avro.types.MapType) return { kind: 'map', values: this.shape(type.valuesType as Type) };
    if (type instanceof avro.types.WrappedUnionType || type instanceof avro.types.UnwrappedUnionType) {
      return { kind: 'union', branches: type.types.map((branch) => this.shape(branch)) };
    }
    return { kind: type.typeName };
  }

  #field(field: avro.types.Field): FieldShape {
    const value = field.defaultValue() as unknown;
    return {
      name: field.name,
      aliases: field.aliases,
      shape: this.shape(field.type),
      ...(value === undefined ? {} : { defaultBytes: field.type.toBuffer(value) }),
    };
  }
}

function node(type: Type): Attributes {
  return {
    ...(type instanceof NamedLogicalType ? logicalOf(type) : {}),
    schema: () => type.schema({ exportAttrs: true }) as unknown,
    rewrite: (from: Shape) => {
      const resolver = type.createResolver(typeOf(from));
      return (bytes: Buffer) => type.toBuffer(type.fromBuffer(bytes, resolver));
    },
  };
}

/** The name of a logical type, and the scale of a decimal: 0 where it is not given, none where it is no scale. */
function logicalOf({ typeName, attributes }: NamedLogicalType): { logical: string; scale?: number } {
  const logical = typeName.replace(/^logical:(foreign:)?/, '');
  if (logical !== 'decimal') {
    const scale = foreignScale(logical, attributes);
    return scale === undefined ? { logical } : { logical, scale };
  }
  const { scale = 0 } = attributes;
  return typeof scale === 'number' && Number.isInteger(scale) && scale >= 0 ? { logical, scale } : { logical };
}
