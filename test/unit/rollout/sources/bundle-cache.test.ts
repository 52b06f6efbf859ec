import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { BundleCache } from '../../../../src/rollout/sources/bundle-cache.ts';
import { problemsOf } from '../../../support/thrown.ts';

const HOUR = 3_600_000;
const digest = (n: number): string => n.toString(16).padStart(64, '0');

describe('a cache of bundles', () => {
  let dir: string;
  beforeEach(async () => {
    dir = join(await mkdtemp(join(tmpdir(), 'stream-scorer-cache-')), 'cache');
  });
  afterEach(() => rm(dirname(dir), { recursive: true }));

  /** A cache as a process has it, with a clock of its own. */
  function cacheAt(now = Date.now(), keep = 2) {
    const warnings: string[] = [];
    const clock = { now };
    const cache = new BundleCache({
      dir,
      keep,
      now: () => clock.now,
      warn: (what) => warnings.push(what),
    });
    return { cache, clock, warnings };
  }

  const write = (text: string) => async (folder: string) => {
    await mkdir(join(folder, 'deep'));
    await writeFile(join(folder, 'model.yaml'), text);
    await writeFile(join(folder, 'deep/model.onnx'), `model of ${text}`);
  };
  const yamlOf = (folder: string) => readFile(join(folder, 'model.yaml'), 'utf8');
  const entries = async () => (await readdir(dir)).filter((name) => name !== 'names').sort();

  it('fills an entry once, and any process takes it from then on', async () => {
    const folder = await cacheAt().cache.take(digest(1), write('one'));
    expect(await yamlOf(folder)).toBe('one');
    const again = await cacheAt().cache.take(digest(1), () => Promise.reject(new Error('asked')));
    expect(again).toBe(folder);
    expect(await entries()).toEqual([digest(1)]);
  });

  it('shows nothing of an entry before all of it is there, and nothing at all if it fails', async () => {
    const { cache } = cacheAt();
    const failing = cache.take(digest(1), async (folder) => {
      await write('half')(folder);
      expect(await cacheAt().cache.peek(digest(1))).toBeUndefined();
      throw new Error('the source is away');
    });
    await expect(failing).rejects.toThrow('the source is away');
    expect(await entries()).toEqual([]);
  });

  it('gives several processes that fill one entry at the same time the same whole one', async () => {
    const all = Array.from({ length: 8 }, () => cacheAt());
    const ready = Promise.withResolvers<undefined>();
    let filling = 0;
    const folders = await Promise.all(
      all.map(({ cache }, i) =>
        cache.take(digest(1), async (folder) => {
          await write(`by ${i}`)(folder);
          filling += 1;
          if (filling === all.length) ready.resolve(undefined);
          await ready.promise;
        }),
      ),
    );
    expect(new Set(folders).size).toBe(1);
    const [, by] = /^by (\d)$/.exec(await yamlOf(folders[0]!))!;
    expect(await readFile(join(folders[0]!, 'deep/model.onnx'), 'utf8')).toBe(`model of by ${by}`);
    expect(await entries()).toEqual([digest(1)]);
    expect(all.flatMap(({ warnings }) => warnings)).toEqual([]);
  });

  it.each([
    ['has another byte', (folder: string) => writeFile(join(folder, 'model.yaml'), 'onf')],
    ['is cut', (folder: string) => writeFile(join(folder, 'model.yaml'), 'on')],
    ['lacks a file', (folder: string) => rm(join(folder, 'deep/model.onnx'))],
    ['has one file more', (folder: string) => writeFile(join(folder, 'more'), '')],
    ['has no list', (folder: string) => rm(join(dirname(folder), 'files.json'))],
    [
      'has a broken list',
      (folder: string) => writeFile(join(dirname(folder), 'files.json'), '{"fi'),
    ],
  ])('fetches an entry again that %s', async (_name, damage) => {
    const { cache, warnings } = cacheAt();
    const folder = await cache.take(digest(1), write('one'));
    await damage(folder);
    expect(await cacheAt().cache.peek(digest(1))).toBeUndefined();
    const other = await cache.take(digest(2), write('two'));
    await damage(other);
    expect(await yamlOf(await cache.take(digest(2), write('again')))).toBe('again');
    expect(warnings).toEqual([
      `${join(dir, digest(2))} in the cache of models is damaged, and is downloaded again`,
    ]);
  });

  it('keeps the entries that were used last, and those of the last hour', async () => {
    const start = Date.now();
    const { cache, clock } = cacheAt(start);
    for (const n of [1, 2, 3]) {
      clock.now += 1;
      await cache.take(digest(n), write(String(n)));
    }
    expect(await entries()).toEqual([1, 2, 3].map(digest)); // somebody may use each of them
    clock.now = start + HOUR / 2;
    await cache.take(digest(1), write('again'));
    clock.now = start + 2 * HOUR;
    await cache.take(digest(4), write('4'));
    expect(await entries()).toEqual([1, 4].map(digest));
  });

  it('keeps what another process has taken and still uses', async () => {
    const start = Date.now();
    const one = cacheAt(start);
    await one.cache.take(digest(1), write('1'));
    const other = cacheAt(start);
    for (const n of [2, 3, 4]) {
      one.clock.now += HOUR;
      other.clock.now += HOUR;
      await one.cache.inUse();
      await other.cache.take(digest(n), write(String(n)));
    }
    expect(await entries()).toContain(digest(1));
  });

  it('has a limited number of entries, also of one process that takes many', async () => {
    const { cache, clock } = cacheAt();
    for (const n of [1, 2, 3, 4, 5, 6]) {
      clock.now += 2 * HOUR;
      await cache.inUse();
      await cache.take(digest(n), write(String(n)));
    }
    expect((await entries()).length).toBeLessThanOrEqual(3);
    expect(await entries()).toContain(digest(6));
  });

  it('removes what an ended process has left behind, but not what one is writing', async () => {
    const { cache, clock } = cacheAt();
    await mkdir(join(dir, '.new-old/bundle'), { recursive: true });
    await mkdir(join(dir, '.new-now/bundle'), { recursive: true });
    const before = (clock.now - 7 * HOUR) / 1000;
    await utimes(join(dir, '.new-old'), before, before);
    await cache.take(digest(1), write('one'));
    expect(await entries()).toEqual(['.new-now', digest(1)]);
  });

  it('remembers a value under a name', async () => {
    const { cache } = cacheAt();
    expect(await cache.recall('a')).toBeUndefined();
    await cache.remember('a', { version: '1' });
    await cache.remember('a', { version: '2' });
    expect(await cacheAt().cache.recall('a')).toEqual({ version: '2' });
    await writeFile(join(dir, 'names/a.json'), '{"ver');
    expect(await cacheAt().cache.recall('a')).toBeUndefined();
  });

  it('says where it cannot write, and goes on if only a name is not remembered', async () => {
    await writeFile(dir, 'a file');
    const { cache, warnings } = cacheAt();
    const [problem] = await problemsOf(() => cache.take(digest(1), write('one')));
    expect(problem).toMatchObject({ code: 'MODEL_CACHE', where: dir });
    await cache.remember('a', 1);
    expect(warnings).toEqual([expect.stringContaining('the cache of models cannot be written')]);
  });

  it('is open to its own user only', async () => {
    await cacheAt().cache.take(digest(1), write('one'));
    expect((await stat(dir)).mode & 0o777).toBe(0o700);
  });
});
