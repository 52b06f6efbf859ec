import { Readable } from 'node:stream';
import { deflateRawSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { unpackedText } from '../../../src/files/no-lines.ts';
import { gathered } from '../../support/gathered.ts';

const pass = (...chunks: Buffer[]): Promise<Buffer[]> =>
  gathered(unpackedText(Readable.from(chunks), 'in.jsonl'));
const LINE = Buffer.from('{"a": 1}\n');

describe('the beginning of a file of lines', () => {
  it.each<[string, Buffer, string]>([
    ['gzip', gzipSync(LINE), 'the input is compressed (gzip)'],
    ['zstd', zstdCompressSync(LINE), 'the input is compressed (zstd)'],
    ['bzip2', Buffer.from('BZh91AY'), 'the input is compressed (bzip2)'],
    ['a ZIP archive', Buffer.from('PK\x03\x04\x14\x00'), 'the input is a ZIP archive'],
    ['an Avro container', Buffer.from('Obj\x01\x04\x14'), 'the input is an Avro container file'],
    ['UTF-16 with a mark', Buffer.from('\ufeff{"a"', 'utf16le'), 'the input is text in UTF-16'],
    ['UTF-16 without one', Buffer.from('{"a"', 'utf16le'), 'the input is text in UTF-16'],
    ['big-endian UTF-16', Buffer.from('{"a"', 'utf16le').swap16(), 'the input is text in UTF-16'],
  ])('says that it is %s', async (_name, bytes, what) => {
    await expect(pass(bytes)).rejects.toThrow(what);
    await expect(pass(...Array.from(bytes, (byte) => Buffer.of(byte)))).rejects.toThrow(what);
  });

  it('is passed on where it may be text, as are lines that are none', async () => {
    const given = [
      LINE,
      deflateRawSync(LINE),
      Buffer.from('\ufeff{}'),
      Buffer.of(0, 0, 0, 0, 0, 0),
      Buffer.from('{'),
      Buffer.alloc(0),
    ];
    for (const bytes of given) {
      expect(Buffer.concat(await pass(bytes, LINE))).toEqual(Buffer.concat([bytes, LINE]));
      expect(Buffer.concat(await pass(bytes))).toEqual(bytes);
    }
  });
});
