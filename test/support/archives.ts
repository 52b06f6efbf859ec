import { buffer } from 'node:stream/consumers';
import { crc32, deflateRawSync } from 'node:zlib';
import { pack } from 'tar-stream';

/** An entry of an archive: its bytes, or something that is not a file. */
export interface ArchiveEntry {
  readonly name: string;
  readonly bytes?: Buffer;
  /** What it is instead of a file. */
  readonly as?: 'symlink' | 'link' | 'directory' | 'character-device';
}

export async function tarOf(entries: readonly ArchiveEntry[]): Promise<Buffer> {
  const packing = pack();
  const whole = buffer(packing);
  for (const { name, bytes = Buffer.alloc(0), as } of entries) {
    if (as === undefined) packing.entry({ name, size: bytes.length }, bytes);
    else packing.entry({ name, type: as, linkname: '/etc/passwd', size: 0 });
  }
  packing.finalize();
  return whole;
}

const MODE = { symlink: 0o120777, directory: 0o040755, link: 0, 'character-device': 0o020666 };

/** Written by hand, so that it may be wrong. `claims`: the size that each entry says it has. */
export function zipOf(entries: readonly ArchiveEntry[], claims?: number): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, bytes = Buffer.alloc(0), as } of entries) {
    const packed = deflateRawSync(bytes);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x800, 2); // UTF-8
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(claims ?? bytes.length, 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), packed]);
    const entry = Buffer.alloc(46);
    entry.write('PK\x01\x02', 'latin1');
    entry.writeUInt16LE((3 << 8) | 20, 4); // by Unix
    common.copy(entry, 6);
    entry.writeUInt32LE(((as === undefined ? 0o100644 : MODE[as]) << 16) >>> 0, 38);
    entry.writeUInt32LE(at, 42);
    directory.push(entry, Buffer.from(name));
    parts.push(local);
    at += local.length;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, ...directory, end]);
}
