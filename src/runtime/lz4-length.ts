const MAGIC = 0x184d2204;
const SKIPPABLE = 0x184d2a50;
const VERSION_AND_FLAGS = 4;
const BLOCK_CHECKSUM = 0x10;
const CONTENT_SIZE = 0x08;
const CONTENT_CHECKSUM = 0x04;
const DICTIONARY = 0x01;
const STORED = 0x80000000;
/** The length of the shortest match. */
const MIN_MATCH = 4;

/**
 * The decompressed size of LZ4 frames, up to just above `most`. Nothing is decompressed: the
 * lengths of literals and matches are added. Format:
 * https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md Data that is not a frame ends the
 * count; decompressing it reports the error.
 */
export function lz4Length(bytes: Buffer, most: number): number {
  let total = 0;
  let at = 0;
  while (at + 7 <= bytes.length && total <= most) {
    const magic = bytes.readUInt32LE(at);
    if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE) {
      at += 8 + bytes.readUInt32LE(at + 4 > bytes.length - 4 ? bytes.length - 4 : at + 4);
      continue;
    }
    if (magic !== MAGIC) return total;
    const flags = bytes[at + VERSION_AND_FLAGS]!;
    at += 7 + ((flags & CONTENT_SIZE) === 0 ? 0 : 8) + ((flags & DICTIONARY) === 0 ? 0 : 4);
    for (;;) {
      if (at + 4 > bytes.length) return total;
      const word = bytes.readUInt32LE(at);
      at += 4;
      if (word === 0) break;
      const end = Math.min(at + (word & 0x7fffffff), bytes.length);
      total += word >= STORED ? end - at : blockLength(bytes, at, end);
      if (total > most) return total;
      at = end + ((flags & BLOCK_CHECKSUM) === 0 ? 0 : 4);
    }
    at += (flags & CONTENT_CHECKSUM) === 0 ? 0 : 4;
  }
  return total;
}

/**
 * For one block: tokens with the lengths of a literal and of a match. Each length continues in
 * bytes of 255.
 */
function blockLength(bytes: Buffer, at: number, end: number): number {
  let total = 0;
  while (at < end) {
    const token = bytes[at++]!;
    let literal = token >>> 4;
    if (literal === 15)
      for (let more = 255; more === 255 && at < end; literal += more) more = bytes[at++]!;
    total += literal;
    at += literal + 2; // and the offset of the match, which the last literal does not have
    if (at > end) break;
    let match = token & 15;
    if (match === 15)
      for (let more = 255; more === 255 && at < end; match += more) more = bytes[at++]!;
    total += match + MIN_MATCH;
  }
  return total;
}
