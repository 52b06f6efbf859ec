import { Readable } from 'node:stream';
import { gathered } from '../../support/gathered.ts';
import { linesOf } from '../../../src/files/lines.ts';

const lines = (chunks: string[], most?: number): Promise<(string | undefined)[]> =>
  gathered(linesOf(Readable.from(chunks.map((chunk) => Buffer.from(chunk))), 'in.jsonl', most));

describe('lines of a file', () => {
  it('are put together over chunks, with either end of line, the last without one', async () => {
    expect(await lines(['a', 'b\n\nc\r', '\nd'])).toEqual(['ab', '', 'c', 'd']);
    expect(await lines(['a\n'])).toEqual(['a']);
    expect(await lines([])).toEqual([]);
  });

  it('begin behind a byte order mark, also in a file that was put behind another one', async () => {
    expect(await lines(['\ufeffa\n\ufeffb\n\ufeff\ufeffc'])).toEqual(['a', 'b', '\ufeffc']);
    expect(await lines(['\ufeff\n'])).toEqual(['']);
  });

  it('are nothing where they are not UTF-8, also where a letter is cut by the end of a chunk', async () => {
    const bytes = [Buffer.of(0x61, 0x0a, 0xff, 0x0a, 0xc3), Buffer.of(0xa9, 0x0a, 0xc3)];
    expect(await gathered(linesOf(Readable.from(bytes), 'in.jsonl'))).toEqual([
      'a',
      undefined,
      '\u00e9',
      undefined,
    ]);
  });

  it('are refused by number where one is too long', async () => {
    await expect(lines(['a\nb', 'bb', 'b\n'], 3)).rejects.toThrow('line 2 is longer than 3 bytes');
    expect(await lines(['aaa\nbbb'], 3)).toEqual(['aaa', 'bbb']);
  });
});
