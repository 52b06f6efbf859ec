import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ScorerError, type ErrorCode } from '../../../../src/errors.ts';
import { BundleCache } from '../../../../src/rollout/sources/bundle-cache.ts';
import { CachedVersions } from '../../../../src/rollout/sources/cached-versions.ts';
import type { ModelSource } from '../../../../src/rollout/sources/model-source.ts';
import { problemsOf } from '../../../support/thrown.ts';

const failure = (code: ErrorCode): ScorerError => new ScorerError({ code, what: `${code} here` });

/** A source whose aliases move, and that goes away. */
class World implements ModelSource {
  readonly asks: boolean = true;
  readonly meant = new Map([['latest', '1']]);
  fails: ErrorCode | undefined;
  downloads = 0;

  async find(wanted: string) {
    if (this.fails !== undefined) throw failure(this.fails);
    const version = this.meant.get(wanted) ?? wanted;
    return { version, stamp: `stamp of ${version}` };
  }

  digestOf({ version }: { version: string }) {
    return version.padStart(64, '0');
  }

  async download({ version }: { version: string }, folder: string) {
    if (this.fails !== undefined) throw failure(this.fails);
    this.downloads += 1;
    await writeFile(join(folder, 'model.yaml'), version);
  }
}

describe('versions through a cache', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'stream-scorer-cache-'));
  });
  afterEach(() => rm(dir, { recursive: true }));

  /** A process that uses the cache. */
  function processOf(source: ModelSource, name = 'models:/fraud') {
    const heard: (ErrorCode | 'ok')[] = [];
    const cache = new BundleCache({ dir, keep: 4, now: Date.now, warn: () => undefined });
    const store = new CachedVersions({
      name,
      source,
      cache,
      onAnswer: (problem) => heard.push(problem?.code ?? 'ok'),
    });
    const take = async (wanted: string) => {
      const folder = await store.fetch(await store.find(wanted));
      return readFile(join(folder, 'model.yaml'), 'utf8');
    };
    return { store, take, heard };
  }

  it('downloads a version once, for every name and every process', async () => {
    const world = new World();
    const { take } = processOf(world);
    expect([await take('latest'), await take('1'), await processOf(world).take('1')]).toEqual([
      '1',
      '1',
      '1',
    ]);
    expect(world.downloads).toBe(1);
  });

  it('tells a later process what a name meant last, if the files are there', async () => {
    const world = new World();
    const { take, store } = processOf(world);
    await take('latest');
    world.meant.set('latest', '2');
    await store.find('latest'); // the files of 2 are not there
    expect(await processOf(world).store.kept('latest')).toMatchObject({ version: '1' });
    await take('latest');
    expect(await processOf(world).store.kept('latest')).toMatchObject({ version: '2' });
    world.meant.set('latest', '1');
    await store.find('latest'); // a version that is still open is not fetched again
    expect(await processOf(world).store.kept('latest')).toMatchObject({ version: '1' });
    expect(await processOf(world).store.kept('2')).toBeUndefined();
    expect(await processOf(world, 'models:/other').store.kept('latest')).toBeUndefined();
  });

  it('tells nothing of a name whose files are damaged', async () => {
    const world = new World();
    await processOf(world).take('latest');
    await writeFile(join(dir, '1'.padStart(64, '0'), 'bundle/model.yaml'), 'other');
    expect(await processOf(world).store.kept('latest')).toBeUndefined();
  });

  it('tells nothing of a version whose checksum is not in the configuration any more', async () => {
    const world = Object.assign(new World(), { asks: false });
    await processOf(world).take('latest');
    world.meant.set('latest', '2');
    expect(await processOf(world).store.kept('latest')).toMatchObject({ version: '1' });
    world.find = async () => ({ version: '1', stamp: 'of another file' });
    expect(await processOf(world).store.kept('latest')).toBeUndefined();
    world.fails = 'MODEL_NOT_FOUND';
    world.find = async () => Promise.reject(failure('MODEL_NOT_FOUND'));
    expect(await processOf(world).store.kept('latest')).toBeUndefined();
  });

  it('reports whether the source answers, also where it answers no', async () => {
    const world = new World();
    const { take, heard } = processOf(world);
    await take('latest');
    world.fails = 'MODEL_SOURCE_UNAVAILABLE';
    expect(await problemsOf(() => take('latest'))).toMatchObject([{ code: world.fails }]);
    world.fails = 'MODEL_NOT_FOUND';
    expect(await problemsOf(() => take('latest'))).toMatchObject([{ code: world.fails }]);
    expect(heard).toEqual(['ok', 'ok', 'MODEL_SOURCE_UNAVAILABLE', 'ok']);
  });

  it('reports nothing where no source is asked', async () => {
    const world = Object.assign(new World(), { asks: false });
    const { take, heard } = processOf(world);
    await take('1');
    await take('1');
    expect(heard).toEqual(['ok']); // of the download
  });

  it('stops a search when it is told to', async () => {
    const world = new World();
    const stop = new AbortController();
    world.find = (_wanted: string, signal?: AbortSignal) =>
      new Promise((_resolve, reject) => {
        signal!.addEventListener('abort', () => {
          reject(signal!.reason as Error);
        });
        stop.abort(new Error('told to stop'));
      });
    const found = processOf(world).store.find('latest', stop.signal);
    await expect(found).rejects.toThrow('told to stop');
  });
});
