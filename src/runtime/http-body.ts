import type { IncomingMessage } from 'node:http';
import { pipeline, Transform, type Duplex, type Readable } from 'node:stream';
// Imported as a whole: in a Node.js without zstd, the program can report it. An import by name
// would fail.
import * as zlib from 'node:zlib';

const MAX_CODINGS = 3;
/** The lower half of the first byte in zlib's format. A raw stream hardly ever begins with it. */
const ZLIB_METHOD = 8;

/** The body without its codings, also those that were not requested. */
export function unpacked(response: IncomingMessage): Readable {
  const named = (response.headers['content-encoding'] ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
  const codings = named.filter((name) => name !== '' && name !== 'identity').reverse();
  if (codings.length > MAX_CODINGS)
    throw new Error(`the answer is compressed ${codings.length} times`);
  return codings.reduce<Readable>(
    (packed, coding) => pipeline(packed, unpacker(coding), () => undefined),
    response,
  );
}

function unpacker(coding: string): Duplex {
  if (coding === 'gzip' || coding === 'x-gzip') return zlib.createGunzip();
  if (coding === 'deflate') return eitherDeflate();
  if (coding === 'br') return zlib.createBrotliDecompress();
  if (coding === 'zstd') return zlib.createZstdDecompress();
  throw new Error(`the answer is compressed with the unknown coding ${coding}`);
}

/**
 * By the standard (RFC 9110) deflate has a header, but some servers do not send it: the first byte
 * tells.
 */
function eitherDeflate(): Duplex {
  let inner: zlib.Inflate | zlib.InflateRaw | undefined;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (inner === undefined) {
        inner = (chunk[0]! & 0x0f) === ZLIB_METHOD ? zlib.createInflate() : zlib.createInflateRaw();
        inner.on('data', (bytes) => this.push(bytes));
        inner.on('error', (error) => this.destroy(error));
      }
      inner.write(chunk, done);
    },
    flush(done) {
      if (inner === undefined) done();
      else inner.once('end', done).end();
    },
    destroy(error, done) {
      inner?.destroy();
      done(error);
    },
  });
}
