import fc from 'fast-check';
import protobuf from 'protobufjs';
import {
  BYTES,
  DOUBLE,
  FLOAT,
  inner,
  INT32,
  INT64,
  INT64_TEXT,
  many,
  messageReader,
  one,
  TEXT,
} from '../../../src/onnx/protobuf-message.ts';

// The whole package says what the bytes hold.
const fieldsOf = (packed: boolean): string => {
  const how = `[packed = ${packed}]`;
  return `string text = 1; bytes bytes = 2; int32 small = 3; int64 large = 4; float half = 5; double whole = 6;
    repeated string texts = 7; repeated bytes blobs = 8; repeated int32 smalls = 9 ${how}; repeated int64 larges = 10 ${how};
    repeated float halves = 11 ${how}; repeated double wholes = 12 ${how}; repeated Inner inners = 2000; Inner inner = 15;`;
};
const UNKNOWN = `string unknown = 16; repeated double unknowns = 17; Inner strange = 18; fixed32 four = 19; fixed64 eight = 20;`;
const { root } = protobuf.parse(
  `syntax = "proto3"; message Inner { string name = 1; int64 at = 2; }
   message Packed { ${fieldsOf(true)} ${UNKNOWN} } message Loose { ${fieldsOf(false)} ${UNKNOWN} }
   message Known { ${fieldsOf(true)} }`,
);
const decode = (bytes: Uint8Array): unknown => {
  const type = root.lookupType('Known');
  const reader = protobuf.Reader.create(bytes);
  const options = { defaults: true, arrays: true, longs: String };
  const object = type.toObject(type.decode(reader), options);
  // It does not look whether the last number goes on after the end.
  if (reader.pos !== reader.len) throw new RangeError('the message is truncated');
  return { ...object, inner: (object['inner'] as unknown) ?? undefined };
};

const innerMessage = inner({ name: one(1, TEXT), at: one(2, INT64_TEXT) });
const read = messageReader({
  text: one(1, TEXT),
  bytes: one(2, BYTES),
  small: one(3, INT32),
  large: one(4, INT64_TEXT),
  half: one(5, FLOAT),
  whole: one(6, DOUBLE),
  texts: many(7, TEXT),
  blobs: many(8, BYTES),
  smalls: many(9, INT32),
  larges: many(10, INT64_TEXT),
  halves: many(11, FLOAT),
  wholes: many(12, DOUBLE),
  inners: many(2000, innerMessage),
  inner: one(15, innerMessage),
});

const integer = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
const small = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const bytes = fc.uint8Array({ maxLength: 9 }).map((values) => Buffer.from(values));
const innerValue = fc.record({ name: fc.string(), at: integer }, { requiredKeys: [] });
const values = fc.record(
  {
    text: fc.string({ unit: 'binary' }),
    bytes,
    small,
    large: integer,
    half: fc.float(),
    whole: fc.double(),
    texts: fc.array(fc.string()),
    blobs: fc.array(bytes),
    smalls: fc.array(small),
    larges: fc.array(integer),
    halves: fc.array(fc.float()),
    wholes: fc.array(fc.double()),
    inners: fc.array(innerValue),
    inner: innerValue,
    unknown: fc.string(),
    unknowns: fc.array(fc.double()),
    strange: innerValue,
    four: fc.nat(),
    eight: fc.nat(),
  },
  { requiredKeys: [] },
);
const message = fc
  .tuple(values, fc.constantFrom('Packed', 'Loose'))
  .map(([given, form]) =>
    root.lookupType(form).encode(root.lookupType(form).fromObject(given)).finish(),
  );
/** What was read, without the difference between kinds of byte arrays. */
const plain = (value: unknown): unknown =>
  value instanceof Uint8Array
    ? Buffer.from(value).toString('hex')
    : Array.isArray(value)
      ? value.map(plain)
      : typeof value === 'object' && value !== null
        ? Object.fromEntries(Object.entries(value).map(([name, held]) => [name, plain(held)]))
        : value;

describe('a message', () => {
  it('is read as the whole package of protobufjs reads it, in parts too', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 3 }), (parts) => {
        const whole = Buffer.concat(parts);
        expect(plain(read(whole))).toEqual(plain(decode(whole)));
      }),
    );
  });

  it('that is damaged is rejected, or read as the whole package reads it', () => {
    const outcome = (reader: (given: Uint8Array) => unknown, given: Uint8Array): unknown => {
      try {
        return plain(reader(given));
      } catch {
        return 'rejected';
      }
    };
    let rejected = 0;
    fc.assert(
      fc.property(message, fc.nat(), fc.option(fc.nat({ max: 255 })), (given, at, byte) => {
        const cut = byte === null ? given.slice(0, at % (given.length + 1)) : Buffer.from(given);
        if (byte !== null && cut.length > 0) cut[at % cut.length] = byte;
        const expected = outcome(decode, cut);
        const found = outcome(read, cut);
        if (found === 'rejected') rejected++;
        // The package shortens a text that is longer than the message around it.
        if (found !== 'rejected') expect(found).toEqual(expected);
      }),
      { numRuns: 500 },
    );
    expect(rejected).toBeGreaterThan(50);
  });

  it('has the nearest number of a large integer', () => {
    const type = root.lookupType('Packed');
    const encoded = type.encode(type.fromObject({ large: '9007199254740993' })).finish();
    expect(messageReader({ large: one(4, INT64) })(encoded)).toEqual({ large: 9007199254740992 });
  });
});
