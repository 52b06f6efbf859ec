import { isUtf8 } from 'node:buffer';
import { ScorerError } from '../errors.ts';

/**
 * Longest line of a .jsonl file, in bytes. No broker takes so large a record, and memory holds much
 * more.
 */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

const NEWLINE = 0x0a;

/**
 * The byte order mark of UTF-8, which editors on Windows write. It is not part of the line. It may
 * also stand within a file that was joined from several.
 */
export const BYTE_ORDER_MARK = '\ufeff';

/**
 * Splits bytes into lines, without their ends (`\n` or `\r\n`). The last line needs no end. Throws
 * INPUT_INVALID with the number of a line that is longer than `most` bytes, before it holds more of
 * it than this and a chunk. A line that is not UTF-8 is undefined, because its text would change.
 */
export async function* linesOf(
  chunks: AsyncIterable<Buffer>,
  name: string,
  most = MAX_LINE_BYTES,
): AsyncGenerator<string | undefined> {
  let held: Buffer[] = [];
  let bytes = 0;
  let line = 1;
  const hold = (part: Buffer): void => {
    bytes += part.length;
    if (bytes > most)
      throw new ScorerError({
        code: 'INPUT_INVALID',
        what: `line ${line} is longer than ${most} bytes`,
        where: `${name}:${line}`,
      });
    held.push(part);
  };
  const take = (): string | undefined => {
    const whole = held.length === 1 ? held[0]! : Buffer.concat(held);
    held = [];
    bytes = 0;
    line++;
    if (!isUtf8(whole)) return undefined;
    let text = whole.toString('utf8');
    if (text.startsWith(BYTE_ORDER_MARK)) text = text.slice(1);
    return text.endsWith('\r') ? text.slice(0, -1) : text;
  };

  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      hold(chunk.subarray(start, end));
      yield take();
      start = end + 1;
    }
    if (start < chunk.length) hold(chunk.subarray(start));
  }
  if (bytes > 0) yield take();
}
