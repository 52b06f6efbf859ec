import protobuf from 'protobufjs/minimal.js';

// The full package would compile a decoder from a schema at run time. Each process that opens a
// model would pay a tenth of a second for it.

type Reader = protobuf.Reader;

/** A field of a message: its number, and how its value is read. */
export interface MessageField<T> {
  readonly number: number;
  /** The value if the field is missing. */
  readonly none: () => T;
  /** Reads the field once; `before` is what was read so far. */
  readonly read: (reader: Reader, packed: boolean, before: unknown) => T;
}

type Shape = Readonly<Record<string, MessageField<unknown>>>;
type MessageOf<S extends Shape> = {
  readonly [K in keyof S]: S[K] extends MessageField<infer T> ? T : never;
};

interface Kind<T, None = T> {
  readonly none: None;
  readonly read: (reader: Reader) => T;
  /** Whether several values may be in one field. */
  readonly packable: boolean;
}

const kind = <T>(none: T, read: (reader: Reader) => T, packable = true): Kind<T> => ({
  none,
  read,
  packable,
});
/** The package has the types of its class for long integers apart. */
const long = (reader: Reader): { toString: () => string; toNumber: () => number } =>
  reader.int64() as unknown as { toString: () => string; toNumber: () => number };

export const TEXT = kind('', (reader) => reader.string(), false);
/** A view of the message. */
export const BYTES = kind(new Uint8Array(0) as Uint8Array, (reader) => reader.bytes(), false);
export const INT32 = kind(0, (reader) => reader.int32());
export const FLOAT = kind(0, (reader) => reader.float());
export const DOUBLE = kind(0, (reader) => reader.double());
/** As text, because a number has too few digits. */
export const INT64_TEXT = kind('0', (reader) => long(reader).toString());
/** The nearest number. */
export const INT64 = kind(0, (reader) => long(reader).toNumber());

/** A message inside of another one. */
export function inner<S extends Shape>(shape: S): Kind<MessageOf<S>, undefined> {
  const fields = byNumber(shape);
  const read = (reader: Reader): MessageOf<S> => {
    const length = reader.uint32();
    return readFields(shape, fields, reader, reader.pos + length);
  };
  return { none: undefined, read, packable: false };
}

/** A field of which the last value counts. */
export function one<T, None>(
  number: number,
  { none, read }: Kind<T, None>,
): MessageField<T | None> {
  return { number, none: () => none, read };
}

/** A field with any number of values, packed or each by itself. */
export function many<T>(number: number, { read, packable }: Kind<T, unknown>): MessageField<T[]> {
  return {
    number,
    none: () => [],
    read: (reader, packed, before) => {
      const values = before as T[];
      if (!packed || !packable) {
        values.push(read(reader));
        return values;
      }
      const length = reader.uint32();
      const end = reader.pos + length;
      while (reader.pos < end) values.push(read(reader));
      endsAt(reader, end);
      return values;
    },
  };
}

/**
 * A reader of messages. Missing fields have their defaults, and unknown ones are skipped. It throws
 * if the bytes are not such a message.
 */
export function messageReader<S extends Shape>(shape: S): (bytes: Uint8Array) => MessageOf<S> {
  const fields = byNumber(shape);
  return (bytes) => {
    const reader = protobuf.Reader.create(bytes);
    return readFields(shape, fields, reader, reader.len);
  };
}

const byNumber = (shape: Shape): ReadonlyMap<number, string> =>
  new Map(Object.entries(shape).map(([name, { number }]) => [number, name]));

const LENGTH_DELIMITED = 2;

function readFields<S extends Shape>(
  shape: S,
  fields: ReadonlyMap<number, string>,
  reader: Reader,
  end: number,
): MessageOf<S> {
  const message: Record<string, unknown> = {};
  for (const [name, { none }] of Object.entries(shape)) message[name] = none();
  while (reader.pos < end) {
    const tag = reader.uint32();
    const name = fields.get(tag >>> 3);
    const type = tag & 7;
    if (name === undefined) reader.skipType(type);
    else message[name] = shape[name]!.read(reader, type === LENGTH_DELIMITED, message[name]);
  }
  endsAt(reader, end);
  return message as MessageOf<S>;
}

function endsAt({ pos }: Reader, end: number): void {
  if (pos !== end) throw new RangeError('a field is longer than the message around it');
}
