import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import {
  fileDestination,
  isClosedPipe,
  streamDestination,
} from '../../../src/files/destination.ts';

const modeOf = async (file: string): Promise<number> => (await stat(file)).mode & 0o777;

describe('a file that is replaced', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stream-scorer-destination-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it.each([0o600, 0o640, 0o666])('keeps its mode %o, from the first byte on', async (mode) => {
    const file = join(folder, 'scores.jsonl');
    await writeFile(file, 'old');
    await chmod(file, mode);
    const destination = await fileDestination(file, mode | 0o100000);
    await destination.write('new');
    const open = await modeOf(`${file}.${process.pid}.partial`);
    expect(open & ~mode).toBe(0);
    await destination.keep();
    expect([await readFile(file, 'utf8'), await modeOf(file)]).toEqual(['new', mode]);
  });
});

describe('a closed pipe', () => {
  it('is known by what the write failed with', async () => {
    const stream = new PassThrough();
    const destination = streamDestination(stream);
    stream.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    const error: unknown = await destination.write('x').catch((thrown: unknown) => thrown);
    expect(isClosedPipe(error)).toBe(true);
  });

  it('is no full disk', () => {
    expect(isClosedPipe(Object.assign(new Error('no space'), { code: 'ENOSPC' }))).toBe(false);
    expect(isClosedPipe('EPIPE')).toBe(false);
  });
});
