import type { Settings } from '../config/settings.ts';
import { Rollout, type RolloutObserver, type RolloutOptions } from '../rollout/rollout.ts';
import type { FoundVersion } from '../rollout/version-store.ts';
import type { GatedVersion } from './gated-version.ts';

interface Options extends Pick<RolloutOptions<GatedVersion>, 'store' | 'open' | 'now'> {
  /** Hears of one of them. */
  readonly observerOf: (name: string) => RolloutObserver<GatedVersion>;
}

/** A label, and the version that it means. */
export interface LabelReport {
  /** What the configuration says. */
  readonly wanted: string;
  /** The version that is open for it: it has passed its gates. Null: none yet. */
  readonly version: string | null;
}

/**
 * Versions that stay open without a role: those of `model.keepLoaded`, and those that labels name.
 * Each passes the gates of a champion. Where the version of a label fails, the one before stays.
 */
export class KeptVersions {
  readonly #options: Options;
  readonly #wanted: () => Settings['model'];
  readonly #rollouts = new Map<string, Rollout<GatedVersion>>();

  constructor(options: Options, wanted: () => Settings['model']) {
    this.#options = options;
    this.#wanted = wanted;
  }

  get rollouts(): readonly Rollout<GatedVersion>[] {
    return [...this.#rollouts.values()];
  }

  /** Looks for each version once, one after the other. `whole`: as for `Rollout`. */
  async look(whole = false): Promise<void> {
    const names = this.#names();
    for (const name of names.keys())
      if (!this.#rollouts.has(name)) this.#rollouts.set(name, this.#rolloutOf(name));
    for (const [name, rollout] of this.#rollouts) {
      await rollout.look(whole);
      if (!names.has(name)) this.#rollouts.delete(name); // it has let its version go
    }
  }

  /** A kept version with these files. */
  openAs(found: FoundVersion): GatedVersion | undefined {
    for (const rollout of this.#rollouts.values()) {
      const open = rollout.openAs(found);
      if (open !== undefined) return open;
    }
    return undefined;
  }

  get labels(): Readonly<Record<string, LabelReport>> {
    const { labels = {} } = this.#wanted();
    const reports = Object.entries(labels).map(([label, wanted]) => {
      const version = this.#rollouts.get(`label ${label}`)?.active?.identity.version ?? null;
      return [label, { wanted, version }] as const;
    });
    return Object.fromEntries(reports);
  }

  /** The wanted version of each rollout. */
  #names(): ReadonlyMap<string, string> {
    const { keepLoaded = [], labels = {} } = this.#wanted();
    return new Map([
      ...keepLoaded.map((version) => [`version ${version}`, version] as const),
      ...Object.entries(labels).map(([label, version]) => [`label ${label}`, version] as const),
    ]);
  }

  #rolloutOf(name: string): Rollout<GatedVersion> {
    const { observerOf, ...options } = this.#options;
    return new Rollout({
      ...options,
      observer: observerOf(name),
      wanted: () => Promise.resolve(this.#names().get(name)),
      keepWarm: 0,
    });
  }
}
