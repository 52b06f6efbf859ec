import { randomBytes } from 'node:crypto';
import { packDeflate } from './container-codec.ts';
import { MAGIC, SYNC_BYTES } from './container-reader.ts';

/** Size of the values of a block, in bytes before compression. Readers expect this size. */
const BLOCK_BYTES = 64 * 1024;

/**
 * Writes Avro values into an object container file with the codec deflate. Returns its bytes in
 * pieces. Why not the BlockEncoder of avsc: it takes values and encodes them itself; these are
 * already encoded, with exact longs and decimals.
 */
export class ContainerWriter {
  readonly #sync = randomBytes(SYNC_BYTES);
  readonly #schema: object;
  #values: Buffer[] = [];
  #bytes = 0;

  constructor(schema: object) {
    this.#schema = schema;
  }

  header(): Buffer {
    const entry = (key: string, value: string): Buffer => Buffer.concat([text(key), text(value)]);
    const meta = [
      entry('avro.codec', 'deflate'),
      entry('avro.schema', JSON.stringify(this.#schema)),
    ];
    return Buffer.concat([MAGIC, long(meta.length), ...meta, long(0), this.#sync]);
  }

  /** Stores a value. Returns a block when one is full. */
  async add(value: Buffer): Promise<Buffer | undefined> {
    this.#values.push(value);
    this.#bytes += value.length;
    return this.#bytes >= BLOCK_BYTES ? await this.flush() : undefined;
  }

  /** The stored values as a block; undefined if there are none. */
  async flush(): Promise<Buffer | undefined> {
    if (this.#values.length === 0) return undefined;
    const packed = await packDeflate(Buffer.concat(this.#values));
    const block = Buffer.concat([
      long(this.#values.length),
      long(packed.length),
      packed,
      this.#sync,
    ]);
    this.#values = [];
    this.#bytes = 0;
    return block;
  }
}

const text = (value: string): Buffer =>
  Buffer.concat([long(Buffer.byteLength(value)), Buffer.from(value)]);

/** Lengths and counts here are below 2^31. */
function long(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value * 2;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Buffer.from([...bytes, rest]);
}
