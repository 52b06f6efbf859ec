import { createHash } from 'node:crypto';
import { ScorerError, type Problem } from '../../errors.ts';
import { isSameVersion, type FoundVersion, type VersionStore } from '../version-store.ts';
import type { BundleCache } from './bundle-cache.ts';
import type { ModelSource } from './model-source.ts';

export interface CachedVersionsOptions {
  /** The source as the configuration names it. */
  readonly name: string;
  readonly source: ModelSource;
  readonly cache: BundleCache;
  /** Called after each request, with the problem if the source did not answer. */
  readonly onAnswer: (problem: Problem | undefined) => void;
}

/** Longest time for the files of one version. */
const LONGEST_MS = 3_600_000;

/** As it is read from the disk, where anything may be. */
interface Remembered {
  readonly version?: unknown;
  readonly stamp?: unknown;
}

/** The versions of a source, whose files are downloaded to a cache. */
export class CachedVersions implements VersionStore {
  readonly #options: CachedVersionsOptions;
  /** What each name meant when it was asked last. */
  readonly #meant = new Map<string, FoundVersion>();
  /** What this process has fetched. */
  readonly #fetched = new Set<string>();
  /** What the cache remembers of each name. */
  readonly #remembered = new Map<string, string>();

  constructor(options: CachedVersionsOptions) {
    this.#options = options;
  }

  async find(wanted: string, signal = new AbortController().signal): Promise<FoundVersion> {
    const { source, cache } = this.#options;
    await cache.inUse();
    const find = (): Promise<FoundVersion> => source.find(wanted, signal);
    const found = await (source.asks ? this.#answered(find) : find());
    this.#meant.set(wanted, found);
    await this.#remember(wanted, found);
    return found;
  }

  async fetch(found: FoundVersion, signal?: AbortSignal): Promise<string> {
    const { source, cache } = this.#options;
    const limit = AbortSignal.timeout(LONGEST_MS);
    const ended = signal === undefined ? limit : AbortSignal.any([signal, limit]);
    const digest = source.digestOf(found);
    const folder = await cache
      .take(digest, (empty) => this.#answered(() => source.download(found, empty, ended)))
      .catch((error: unknown) => {
        throw limit.aborted && signal?.aborted !== true ? tooLong(this.#options.name) : error;
      });
    this.#fetched.add(digest);
    for (const [wanted, meant] of this.#meant)
      if (isSameVersion(meant, found)) await this.#remember(wanted, found);
    return folder;
  }

  async kept(wanted: string): Promise<FoundVersion | undefined> {
    const { source, cache } = this.#options;
    const { version, stamp } = ((await cache.recall(this.#keyOf(wanted))) ?? {}) as Remembered;
    if (typeof version !== 'string' || typeof stamp !== 'string') return undefined;
    const found = { version, stamp };
    if (!source.asks && !(await this.#isStillPinned(found))) return undefined;
    return (await cache.peek(source.digestOf(found))) === undefined ? undefined : found;
  }

  /** The configuration may have another checksum for the version by now, or none. */
  async #isStillPinned(found: FoundVersion): Promise<boolean> {
    try {
      const now = await this.#options.source.find(found.version, new AbortController().signal);
      return isSameVersion(now, found);
    } catch (error) {
      if (error instanceof ScorerError) return false;
      throw error;
    }
  }

  /** What a name means is remembered only with its files: without them nobody could use it. */
  async #remember(wanted: string, { version, stamp }: FoundVersion): Promise<void> {
    const { source, cache, name } = this.#options;
    const digest = source.digestOf({ version, stamp });
    if (!this.#fetched.has(digest) || this.#remembered.get(wanted) === digest) return;
    this.#remembered.set(wanted, digest);
    await cache.remember(this.#keyOf(wanted), { source: name, wanted, version, stamp });
  }

  #keyOf(wanted: string): string {
    const text = JSON.stringify([this.#options.name, wanted]);
    return createHash('sha256').update(text).digest('hex');
  }

  async #answered<T>(work: () => Promise<T>): Promise<T> {
    const { onAnswer } = this.#options;
    try {
      const result = await work();
      onAnswer(undefined);
      return result;
    } catch (error) {
      if (error instanceof ScorerError)
        onAnswer(error.fate === 'retry' ? error.problems[0] : undefined);
      throw error;
    }
  }
}

function tooLong(where: string): ScorerError {
  const what = `the files of the model did not arrive within ${LONGEST_MS / 60_000} minutes`;
  return new ScorerError({ code: 'MODEL_SOURCE_UNAVAILABLE', what, where });
}
