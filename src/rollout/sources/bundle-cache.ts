import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { ScorerError } from '../../errors.ts';
import { BUNDLE, isIntact, seal, sync } from './cache-entry.ts';

export interface BundleCacheOptions {
  readonly dir: string;
  /** How many entries are kept. */
  readonly keep: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Hears what a person should know, although the work continues. */
  readonly warn: (what: string) => void;
}

/** Files that are still being written. Entries are named by a digest, so they never begin so. */
const UNFINISHED = '.new-';
const NAMES = 'names';
const HOUR_MS = 3_600_000;
/** Nobody downloads for longer. */
const ABANDONED_MS = 6 * HOUR_MS;
const SOME = 3;

/**
 * Bundles on disk, each in a folder that is named by a digest. Several processes may use one cache
 * at the same time. An entry becomes visible as a whole, by a rename, after its files were verified
 * and written to the disk. Whoever takes an entry compares its files with their checksums first.
 */
export class BundleCache {
  readonly #options: BundleCacheOptions;
  /**
   * What this process has taken last, as many as are kept. Their files may be read again, for
   * example by a new worker.
   */
  readonly #taken = new Set<string>();
  #toldAt = 0;

  constructor(options: BundleCacheOptions) {
    this.#options = options;
  }

  /** The folder of a bundle. `fill` writes its files if they are not there. */
  async take(digest: string, fill: (folder: string) => Promise<void>): Promise<string> {
    const entry = join(this.#options.dir, digest);
    for (let attempt = 1; ; attempt++) {
      const bundle = await this.peek(digest);
      if (bundle !== undefined) return bundle;
      await this.#withDisk(() => this.#add(entry, fill));
      if (attempt === SOME)
        throw cacheError('a bundle was damaged as soon as it was written', entry);
    }
  }

  /** The folder of a bundle that is there and not damaged. */
  async peek(digest: string): Promise<string | undefined> {
    const entry = join(this.#options.dir, digest);
    const intact = await isIntact(entry);
    if (intact === undefined) return undefined;
    if (!intact) {
      this.#options.warn(`${entry} in the cache of models is damaged, and is downloaded again`);
      await this.#withDisk(() => this.#remove(entry));
      return undefined;
    }
    this.#taken.delete(digest);
    this.#taken.add(digest); // a set keeps the order
    for (const oldest of [...this.#taken].slice(0, -this.#options.keep)) this.#taken.delete(oldest);
    await this.#touch(entry);
    return join(entry, BUNDLE);
  }

  /** Remembers a value under a name, so that a later process knows it. The work continues if not. */
  async remember(name: string, value: unknown): Promise<void> {
    let temporary: string | undefined;
    try {
      temporary = await this.#temporary();
      const folder = join(this.#options.dir, NAMES);
      const file = join(temporary, 'name');
      await mkdir(folder, { recursive: true });
      await writeFile(file, JSON.stringify(value, null, 2));
      await sync(file);
      await rename(file, join(folder, `${name}.json`));
      await sync(folder);
    } catch (error) {
      this.#options.warn(
        `the cache of models cannot be written: ${(error as Error).message}; a start while the source is away would not know the current version`,
      );
    } finally {
      if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
    }
  }

  /** The value that was remembered last; undefined: none that can be read. */
  async recall(name: string): Promise<unknown> {
    try {
      return JSON.parse(await readFile(join(this.#options.dir, NAMES, `${name}.json`), 'utf8'));
    } catch {
      return undefined;
    }
  }

  /** What this process has taken is still in use. Others keep it then. */
  async inUse(): Promise<void> {
    const { dir, now } = this.#options;
    if (now() - this.#toldAt < HOUR_MS / 6) return;
    this.#toldAt = now();
    for (const digest of this.#taken) await this.#touch(join(dir, digest));
  }

  async #add(entry: string, fill: (folder: string) => Promise<void>): Promise<void> {
    const temporary = await this.#temporary();
    try {
      const bundle = join(temporary, BUNDLE);
      await mkdir(bundle);
      await fill(bundle);
      await seal(temporary);
      await rename(temporary, entry);
      await this.#touch(entry);
      await sync(this.#options.dir);
    } catch (error) {
      // another process was faster
      if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? ''))
        throw error;
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
    await this.#prune();
  }

  async #temporary(): Promise<string> {
    await mkdir(this.#options.dir, { recursive: true, mode: 0o700 });
    return mkdtemp(join(this.#options.dir, UNFINISHED));
  }

  /** It disappears at once, so nobody sees half of it. */
  async #remove(entry: string): Promise<void> {
    const temporary = await this.#temporary();
    try {
      await rename(entry, join(temporary, 'old'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error; // somebody else did it
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  }

  /**
   * Removes the entries that were not used for the longest time, and what ended processes left
   * behind. What was used within the last hour stays: another process may need it.
   */
  async #prune(): Promise<void> {
    const { dir, keep, now } = this.#options;
    const names = (await readdir(dir)).filter((name) => name !== NAMES);
    const all = await Promise.all(
      names.map(async (name) => {
        const used = (await stat(join(dir, name)).catch(() => undefined))?.mtimeMs ?? Infinity;
        return { name, unusedMs: now() - used };
      }),
    );
    const entries = all
      .filter(({ name }) => /^[0-9a-f]{64}$/.test(name))
      .sort((a, b) => a.unusedMs - b.unusedMs);
    const old = entries.slice(keep).filter(({ unusedMs }) => unusedMs > HOUR_MS);
    const abandoned = all.filter(
      ({ name, unusedMs }) => name.startsWith(UNFINISHED) && unusedMs > ABANDONED_MS,
    );
    for (const { name } of old) {
      this.#taken.delete(name);
      await this.#remove(join(dir, name));
    }
    for (const { name } of abandoned) await rm(join(dir, name), { recursive: true, force: true });
  }

  async #touch(entry: string): Promise<void> {
    const at = this.#options.now() / 1000;
    await utimes(entry, at, at).catch(() => undefined); // a cache that cannot be written still works
  }

  async #withDisk<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const { code, syscall } = error as NodeJS.ErrnoException;
      if (error instanceof ScorerError || syscall === undefined) throw error;
      throw cacheError(`the cache cannot be written (${code})`, this.#options.dir, error);
    }
  }
}

function cacheError(what: string, where: string, cause?: unknown): ScorerError {
  return new ScorerError({ code: 'MODEL_CACHE', what, where }, { cause });
}
