import avro from 'avsc';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { crc32, zstdCompressSync } from 'node:zlib';
import { compressSync } from 'snappy';
import { gathered } from '../../support/gathered.ts';
import { UNPACK } from '../../../src/files/container-codec.ts';
import { openContainer, type Block } from '../../../src/files/container-reader.ts';
import { ContainerWriter } from '../../../src/files/container-writer.ts';

const SCHEMA = { type: 'record', name: 'R', fields: [{ name: 'n', type: 'long' }] };
const TYPE = avro.Type.forSchema(SCHEMA as never);

/** A file by another library; snappy and zstandard by packing its blocks. */
async function written(codec: string, count: number): Promise<Buffer> {
  const codecs = {
    null: (bytes: Buffer, done: (error: null, packed: Buffer) => void) => {
      done(null, bytes);
    },
    zstandard: (bytes: Buffer, done: (error: null, packed: Buffer) => void) => {
      done(null, zstdCompressSync(bytes));
    },
    snappy: (bytes: Buffer, done: (error: null, packed: Buffer) => void) => {
      const checksum = Buffer.alloc(4);
      checksum.writeUInt32BE(crc32(bytes));
      done(null, Buffer.concat([compressSync(bytes), checksum]));
    },
  };
  const encoder = new avro.streams.BlockEncoder(TYPE, { codec, blockSize: 64, codecs: codecs });
  const parts: Buffer[] = [];
  encoder.on('data', (part: Buffer) => parts.push(part));
  for (let n = 0; n < count; n++) encoder.write({ n });
  encoder.end();
  await once(encoder, 'end');
  return Buffer.concat(parts);
}

async function read(file: Buffer, chunk = 7): Promise<Block[]> {
  const chunks: Buffer[] = [];
  for (let at = 0; at < file.length; at += chunk) chunks.push(file.subarray(at, at + chunk));
  return gathered((await openContainer(Readable.from(chunks), 'in.avro')).blocks);
}

describe('an Avro container', () => {
  it.each(['null', 'zstandard', 'snappy'])(
    'of another writer is read (%s), however it is cut into chunks',
    async (codec) => {
      const blocks = await read(await written(codec, 200));
      expect(blocks.length).toBeGreaterThan(1);
      expect(blocks.reduce((sum, { count }) => sum + count, 0)).toBe(200);
      const bytes = Buffer.concat(blocks.map((block) => block.bytes));
      expect(bytes).toEqual(
        Buffer.concat(Array.from({ length: 200 }, (_, n) => TYPE.toBuffer({ n }))),
      );
    },
  );

  it('that is cut anywhere but behind a block is refused', async () => {
    const file = await written('null', 100);
    const whole = new Set<number>();
    const sync = file.subarray(-16);
    for (let at = file.indexOf(sync); at !== -1; at = file.indexOf(sync, at + 1))
      whole.add(at + sync.length);
    for (let end = 0; end < file.length; end++) {
      const result = read(file.subarray(0, end), 1000);
      if (whole.has(end)) await result;
      else await expect(result).rejects.toThrow(end < 4 ? 'not an Avro container' : 'truncated');
    }
  });

  it('with another sync marker, a codec nobody knows or a length out of range is refused', async () => {
    const file = await written('null', 10);
    const broken = Buffer.from(file);
    broken[broken.length - 1]! ^= 1;
    await expect(read(broken)).rejects.toThrow('sync marker');
    await expect(
      read(Buffer.from(file.toString('latin1').replace('\x08null', '\x08nope'), 'latin1')),
    ).rejects.toThrow('codec');
  });

  it('whose block declares more than anybody may need is refused before that is allocated', async () => {
    const file = await written('snappy', 1);
    const sync = file.subarray(-16);
    // it declares 2 GiB - 1; then come a literal of one byte, and four bytes for the checksum
    const packed = Buffer.from([0xff, 0xff, 0xff, 0xff, 0x07, 0, 0, 0, 0, 0, 0]);
    const block = Buffer.concat([Buffer.from([2, 2 * packed.length]), packed]);
    const header = file.subarray(0, file.indexOf(sync) + sync.length);
    await expect(UNPACK['snappy']!(packed)).rejects.toThrow('declares');
    await expect(read(Buffer.concat([header, block, sync]))).rejects.toThrow('more than 256 MiB');
  });

  it('that is written here is read by another library', async () => {
    const writer = new ContainerWriter(SCHEMA);
    const parts = [writer.header()];
    for (let n = 0; n < 50_000; n++)
      parts.push((await writer.add(TYPE.toBuffer({ n }))) ?? Buffer.alloc(0));
    parts.push((await writer.flush())!);
    const decoder = new avro.streams.BlockDecoder();
    decoder.end(Buffer.concat(parts));
    const values = (await gathered(decoder as AsyncIterable<{ n: number }>)).map(({ n }) => n);
    expect(values).toEqual(Array.from({ length: 50_000 }, (_, n) => n));
  });
});
