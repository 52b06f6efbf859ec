import { ScorerError } from '../errors.ts';

/**
 * The first bytes of files that are not lines of text, in hexadecimal, and what to do with such
 * files.
 */
const BEGINNINGS: readonly (readonly [RegExp, string, string])[] = [
  [
    /^1f8b/,
    'is compressed (gzip)',
    'Decompress it: gzip -dc FILE | stream-scorer score --input - …',
  ],
  [
    /^28b52ffd/,
    'is compressed (zstd)',
    'Decompress it: zstd -dc FILE | stream-scorer score --input - …',
  ],
  [
    /^425a683[1-9]/,
    'is compressed (bzip2)',
    'Decompress it: bzip2 -dc FILE | stream-scorer score --input - …',
  ],
  [
    /^fd377a585a00/,
    'is compressed (xz)',
    'Decompress it: xz -dc FILE | stream-scorer score --input - …',
  ],
  [
    /^504b0304/,
    'is a ZIP archive',
    'Decompress it: unzip -p FILE | stream-scorer score --input - …',
  ],
  [
    /^50415231/,
    'is a Parquet file',
    'Write its rows as JSON, one object per line, or as an Avro container file.',
  ],
  [/^4f626a01/, 'is an Avro container file', 'Rename it to .avro. For stdin, set --format avro.'],
  [
    /^(?:fffe|feff|0000feff|(?:(?!00)..00){2}|(?:00(?!00)..){2})/,
    'is text in UTF-16 or UTF-32, not in UTF-8',
    'Write it in UTF-8: iconv -f utf-16 -t utf-8 FILE.',
  ],
];
const LONGEST = 6;

/**
 * Passes on bytes that may be lines of text. Throws INPUT_INVALID if their start shows that they
 * are not.
 */
export async function* unpackedText(
  chunks: AsyncIterable<Buffer>,
  where: string,
): AsyncGenerator<Buffer> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of chunks) {
    if (head === undefined) {
      yield chunk;
      continue;
    }
    head = Buffer.concat([head, chunk]);
    if (head.length < LONGEST) continue;
    refuse(head, where);
    yield head;
    head = undefined;
  }
  if (head === undefined || head.length === 0) return;
  refuse(head, where);
  yield head;
}

function refuse(head: Buffer, where: string): void {
  const hex = head.toString('hex', 0, LONGEST);
  const found = BEGINNINGS.find(([beginning]) => beginning.test(hex));
  if (found === undefined) return;
  throw new ScorerError({
    code: 'INPUT_INVALID',
    what: `the input ${found[1]}`,
    where,
    remedy: found[2],
  });
}
