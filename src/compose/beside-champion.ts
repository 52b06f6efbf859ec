import { isSameVersion, type FoundVersion, type VersionStore } from '../rollout/version-store.ts';

type Find = VersionStore['find'];

export interface Champion {
  /** Its version as it was found. */
  readonly found: () => FoundVersion;
  /** The name that its look has just asked for. */
  readonly name: () => string;
}

/**
 * What a role beside the champion (canary or challenger) looks for. A version that already decides
 * for all keys needs no role, so its name has to be understood before the look: the answer, or the
 * error, is kept for the look, and each look asks the source once at most.
 */
export class BesideChampion {
  readonly #find: Find;
  readonly #champion: Champion;
  #heard: { readonly name: string; readonly answer: Promise<FoundVersion> } | undefined;

  constructor(find: Find, champion: Champion) {
    this.#find = find;
    this.#champion = champion;
  }

  /** The name, unless it means the champion. */
  async wanted(name: string | undefined): Promise<string | undefined> {
    this.#heard = undefined;
    if (name === undefined || name === this.#champion.name()) return undefined;
    if (name === this.#champion.found().version) return undefined;
    const answer = this.#find(name);
    this.#heard = { name, answer };
    const named = await answer.catch(() => undefined); // the look reports it
    return named !== undefined && isSameVersion(named, this.#champion.found()) ? undefined : name;
  }

  find(name: string, signal?: AbortSignal): Promise<FoundVersion> {
    const heard = this.#heard;
    this.#heard = undefined;
    return heard?.name === name ? heard.answer : this.#find(name, signal);
  }
}
