import { ScorerError } from '../errors.ts';
import { MAX_BLOCK_MIB, UNPACK } from './container-codec.ts';
import { ByteReader } from './byte-reader.ts';

/** Magic bytes of an Avro object container file: "Obj" and version 1. */
export const MAGIC = Buffer.from('Obj\x01', 'latin1');
export const SYNC_BYTES = 16;
/** Largest block, compressed, and largest entry of the header, in bytes. */
const MAX_BLOCK_BYTES = 256 * 1024 * 1024;

/** A block: a number of values, one after the other in `bytes`. */
export interface Block {
  readonly count: number;
  readonly bytes: Buffer;
}

export interface Container {
  /** The writer's schema from the header. */
  readonly schema: unknown;
  readonly blocks: AsyncGenerator<Block>;
}

/**
 * Opens an Avro object container file (Avro specification 1.12, "Object Container Files"). The
 * header is read at once, the blocks one at a time when they are requested. Codecs: null, deflate,
 * snappy, zstandard. Truncated or corrupt data throws INPUT_INVALID with the position of the byte,
 * after all complete blocks before it were yielded.
 *
 * Why not the BlockDecoder of avsc: it accepts a truncated file as complete (of ten blocks, the
 * last one truncated, it returned nine and ended without an error), it ignores bytes after the last
 * value of a block, and its errors have no position.
 */
export async function openContainer(
  chunks: AsyncIterable<Buffer>,
  name: string,
): Promise<Container> {
  const intake = new ByteReader(chunks);
  const fail = (what: string): ScorerError =>
    new ScorerError({ code: 'INPUT_INVALID', what, where: `${name}, byte ${intake.at}` });
  const need = async (count: number, of: string): Promise<Buffer> => {
    if (!(count >= 0 && count <= MAX_BLOCK_BYTES)) throw fail(`the length of ${of} is corrupt`);
    const bytes = await intake.take(count);
    if (bytes === undefined) throw fail(`the file ends inside ${of}: it is truncated`);
    return bytes;
  };
  const long = async (of: string): Promise<number> => {
    let value = 0;
    for (let i = 0, scale = 1; i < 8; i++, scale *= 128) {
      const byte = (await need(1, of))[0]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
    throw fail(`the length of ${of} is corrupt`);
  };

  const magic = await intake.take(MAGIC.length);
  if (magic?.equals(MAGIC) !== true)
    throw fail('this is not an Avro container file (it does not start with "Obj" and 1)');
  const meta = new Map<string, Buffer>();
  for (let count = await long('the header'); count !== 0; count = await long('the header')) {
    if (count < 0) await long('the header');
    for (let i = 0; i < Math.abs(count); i++) {
      const key = (await need(await long('the header'), 'the header')).toString('utf8');
      meta.set(key, Buffer.from(await need(await long('the header'), 'the header')));
    }
  }
  const sync = Buffer.from(await need(SYNC_BYTES, 'the header'));
  const codec = meta.get('avro.codec')?.toString('latin1') ?? 'null';
  const unpack = Object.hasOwn(UNPACK, codec) ? UNPACK[codec] : undefined;
  if (unpack === undefined)
    throw fail(`the codec must be one of ${Object.keys(UNPACK).join(', ')}`);
  const schema = schemaOf(meta.get('avro.schema'), fail);

  async function* blocks(): AsyncGenerator<Block> {
    while (await intake.more()) {
      const count = await long('a block');
      if (count < 0) throw fail('the count of a block is corrupt');
      const packed = await need(await long('a block'), 'a block');
      if (!(await need(SYNC_BYTES, 'a block')).equals(sync))
        throw fail('a block does not end with the sync marker: the file is corrupt');
      const bytes = await unpack!(packed).catch(() => {
        throw fail(
          `a block cannot be decompressed (${codec}): the file is corrupt, or the block has more than ${MAX_BLOCK_MIB} MiB`,
        );
      });
      yield { count, bytes };
    }
  }
  return { schema, blocks: blocks() };
}

function schemaOf(bytes: Buffer | undefined, fail: (what: string) => ScorerError): unknown {
  try {
    return JSON.parse(bytes!.toString('utf8'));
  } catch {
    throw fail('the header has no schema in JSON');
  }
}
