import { ScorerError, type Problem } from '../errors.ts';
import type { ModelIdentity } from '../flow/scores.ts';
import { firstGate, type Gate } from './gates.ts';
import { isSameVersion, type FoundVersion, type VersionStore } from './version-store.ts';

/** An open version that may have a role. */
export interface OpenVersion {
  readonly identity: ModelIdentity;
  /** It no longer has the role. It is released when no batch holds it. */
  retire(): void;
}

/** The result of opening a version: it passed all gates, or its problems. */
export type Attempt<V> = { readonly opened: V } | { readonly problems: readonly Problem[] };

/** Hears what happens to versions. */
export interface RolloutObserver<V> {
  /** The second version has the role from now on. `warm`: it was still open. */
  readonly swapped: (before: V | undefined, after: V, warm: boolean) => void;
  /** Nothing is wanted for the role any more. */
  readonly left: (before: V | undefined) => void;
  readonly refused: (refusal: Refusal) => void;
  /** Something that the opening needs does not answer. It is tried again. */
  readonly postponed: (found: FoundVersion, problem: Problem) => void;
  /**
   * The wanted version does not exist, or its source does not answer; undefined: it is available
   * again.
   */
  readonly unfound: (wanted: string, problem: Problem | undefined) => void;
}

/** A version that failed at a gate. */
export interface Refusal {
  readonly version: string;
  readonly gate: Gate;
  readonly problems: readonly Problem[];
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface RolloutOptions<V> {
  readonly store: Pick<VersionStore, 'find'>;
  /** The version that the current configuration names; undefined: none. */
  readonly wanted: () => Promise<string | undefined>;
  /** The version that has the role at the start. */
  readonly first?: { readonly found: FoundVersion; readonly version: V };
  /**
   * Opens a version and checks all gates. Rejects only if it was aborted. `warm`: the same version,
   * still open, whose model may be used.
   */
  readonly open: (found: FoundVersion, warm: V | undefined) => Promise<Attempt<V>>;
  /** How many earlier versions stay open, so that they can decide again at once. */
  readonly keepWarm: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly observer: RolloutObserver<V>;
}

interface Known<V> {
  readonly found: FoundVersion;
  readonly version: V;
}

/**
 * The reason of a refusal may disappear without a new version, for example with a newer schema of
 * the events. So it is tried again after a minute, and then each time after twice as long, up to an
 * hour.
 */
const FIRST_RETRY_MS = 60_000;
const LAST_RETRY_MS = 3_600_000;
/** What is away may be back soon, but each attempt opens the model anew. */
const PASSING_RETRY_MS = 10_000;
/** How many refused versions are remembered. */
const MAX_REFUSALS = 20;

interface Wait {
  readonly found: FoundVersion;
  readonly said: string;
  readonly waitMs: number;
  readonly until: number;
}

/**
 * Decides which version of a model has a role, such as that of the champion. `look` finds the
 * wanted version. A new one is opened and checked at the gates while the current one continues. It
 * takes over only if it has passed all gates and is still wanted. A version whose files are still
 * being written is not opened: two looks in a row must find the same files.
 */
export class Rollout<V extends OpenVersion> {
  readonly #options: RolloutOptions<V>;
  #active: Known<V> | undefined;
  /** Earlier versions that are still open, the latest first. */
  #warm: readonly Known<V>[] = [];
  #settling: FoundVersion | undefined;
  #wait: Wait | undefined;
  #unfound: string | undefined;
  #refusals: readonly Refusal[] = [];
  /** What the last look found. */
  #sought: FoundVersion | undefined;

  constructor(options: RolloutOptions<V>) {
    this.#options = options;
    this.#active = options.first;
  }

  /** The version that has the role. */
  get active(): V | undefined {
    return this.#active?.version;
  }

  /** The files of the version that has the role. */
  get found(): FoundVersion | undefined {
    return this.#active?.found;
  }

  /** The version with these files, if it is open here. */
  openAs(found: FoundVersion): V | undefined {
    const open = this.#active === undefined ? this.#warm : [this.#active, ...this.#warm];
    return open.find((known) => isSameVersion(known.found, found))?.version;
  }

  /** Versions that could take over at once. */
  get warm(): readonly V[] {
    return this.#warm.map(({ version }) => version);
  }

  /**
   * The last refusal of each version, the latest first; none for a version that has passed since
   * then.
   */
  get refusals(): readonly Refusal[] {
    return this.#refusals;
  }

  /** The refusal of the version that is still wanted: undefined once another one is. */
  get standing(): Refusal | undefined {
    const [sought, active] = [this.#sought, this.#active];
    if (sought === undefined || (active !== undefined && isSameVersion(active.found, sought)))
      return undefined;
    return this.#refusals.find(({ version }) => version === sought.version);
  }

  /**
   * Looks once and does what is needed. Only one look runs at a time. `whole`: the files are not
   * being written, so one look is enough.
   */
  async look(whole = false): Promise<void> {
    const found = await this.#find();
    if (found === undefined) return;
    if (this.#active !== undefined && isSameVersion(found, this.#active.found)) {
      this.#settling = undefined;
      return;
    }
    if (this.#waits(found)) return;
    const warm = this.#warm.find((known) => isSameVersion(known.found, found));
    const settled = this.#settling !== undefined && isSameVersion(this.#settling, found);
    this.#settling = found;
    if (!settled && !whole && warm === undefined) return;
    await this.#attempt(found, warm?.version);
  }

  async #find(): Promise<FoundVersion | undefined> {
    const { store, wanted, observer } = this.#options;
    const name = await wanted();
    if (name === undefined) {
      this.#leave();
      return undefined;
    }
    try {
      const found = await store.find(name);
      if (this.#unfound !== undefined) observer.unfound(name, undefined);
      this.#unfound = undefined;
      this.#sought = found;
      return found;
    } catch (error) {
      const [problem] = problemsOf(error);
      const said = JSON.stringify([name, problem]);
      if (said !== this.#unfound) observer.unfound(name, problem);
      this.#unfound = said;
      this.#sought = undefined;
      return undefined;
    }
  }

  #leave(): void {
    const before = this.#active;
    const known = before !== undefined || this.#refusals.length > 0 || this.#unfound !== undefined;
    const open = before === undefined ? this.#warm : [before, ...this.#warm];
    this.#active = undefined;
    this.#warm = [];
    this.#settling = undefined;
    this.#wait = undefined;
    this.#unfound = undefined;
    this.#sought = undefined;
    this.#refusals = [];
    if (known) this.#options.observer.left(before?.version);
    for (const { version } of open) version.retire();
  }

  async #attempt(found: FoundVersion, warm: V | undefined): Promise<void> {
    const attempt = await this.#options.open(found, warm);
    const again = await this.#find();
    if (again === undefined || !isSameVersion(again, found)) {
      // Its files changed while they were read, or another version is wanted now.
      if ('opened' in attempt) attempt.opened.retire();
      this.#settling = again;
      return;
    }
    if ('opened' in attempt) this.#swap(found, attempt.opened, warm !== undefined);
    else this.#stopped(found, attempt.problems);
  }

  #swap(found: FoundVersion, version: V, warm: boolean): void {
    const { keepWarm, observer } = this.#options;
    const before = this.#active;
    this.#active = { found, version };
    const others = this.#warm.filter((known) => !isSameVersion(known.found, found));
    const again = this.#warm.filter((known) => isSameVersion(known.found, found));
    const warmest = before === undefined ? others : [before, ...others];
    this.#warm = warmest.slice(0, keepWarm);
    this.#settling = undefined;
    this.#wait = undefined;
    this.#refusals = this.#refusals.filter((refusal) => refusal.version !== found.version);
    observer.swapped(before?.version, version, warm);
    for (const known of [...again, ...warmest.slice(keepWarm)]) known.version.retire();
  }

  #stopped(found: FoundVersion, problems: readonly Problem[]): void {
    const { now, observer } = this.#options;
    const said = JSON.stringify(problems);
    const before =
      this.#wait !== undefined && isSameVersion(this.#wait.found, found) ? this.#wait : undefined;
    const waitMs = Math.min(2 * (before?.waitMs ?? FIRST_RETRY_MS / 2), LAST_RETRY_MS);
    const passing = problems.find((problem) => new ScorerError(problem).fate === 'retry');
    if (passing !== undefined) {
      if (before?.said !== said) observer.postponed(found, passing);
      const until = now() + PASSING_RETRY_MS;
      this.#wait = { found, said, waitMs: FIRST_RETRY_MS / 2, until };
      return;
    }
    this.#wait = { found, said, waitMs, until: now() + waitMs };
    if (before?.said === said) return;
    const { version } = found;
    const refusal = { version, gate: firstGate(problems), problems, at: now() };
    const others = this.#refusals.filter((one) => one.version !== version);
    this.#refusals = [refusal, ...others].slice(0, MAX_REFUSALS);
    observer.refused(refusal);
  }

  #waits(found: FoundVersion): boolean {
    const wait = this.#wait;
    return (
      wait !== undefined && isSameVersion(wait.found, found) && this.#options.now() < wait.until
    );
  }
}

/** Throws an error that is not a problem of the source of the version. */
function problemsOf(error: unknown): readonly Problem[] {
  if (error instanceof ScorerError) return error.problems;
  throw error;
}
