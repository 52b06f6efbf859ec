import avsc from 'avsc';

/**
 * Makes the function that turns a score record's Avro bytes into one line of plain JSON: unions unwrapped where they can be,
 * bytes and fixed as Latin-1 text (as Avro's own JSON has them), longs as numbers with all their digits, beyond 2^53 too; NaN
 * and infinities, which JSON does not have, as null.
 */
export function scoreJson(schema: object): (value: Buffer) => string {
  const type = avsc.Type.forSchema(schema as avsc.Schema, { registry: { long: exactLong } });
  return (value) => JSON.stringify(type.fromBuffer(value), plain);
}

// TypeScript's library does not know it yet; Node does since 21.
const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => unknown };

/** avsc throws at longs that a number does not hold; here they are kept as bigints. */
const exactLong = avsc.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => {
    const long = bytes.readBigInt64LE();
    return long >= Number.MIN_SAFE_INTEGER && long <= Number.MAX_SAFE_INTEGER ? Number(long) : long;
  },
  toBuffer: (long: number | bigint) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(long));
    return bytes;
  },
  fromJSON: Number,
  toJSON: Number,
  isValid: (long: unknown) => typeof long === 'bigint' || Number.isSafeInteger(long),
  compare: (a: number | bigint, b: number | bigint) => (a === b ? 0 : a < b ? -1 : 1),
});

/** Buffers make an object of themselves before a replacer sees them, so it looks at the holder. */
function plain(this: Record<string, unknown>, key: string, value: unknown): unknown {
  const raw = this[key];
  if (Buffer.isBuffer(raw)) return raw.toString('latin1');
  return typeof raw === 'bigint' ? rawJSON(raw.toString()) : value;
}
