/**
 * Something that is released when nobody uses it any more: a version of a model stays open until no
 * batch holds it. It starts with one hold, that of its owner.
 */
export class InUse<T> {
  readonly value: T;
  readonly #giveBack: () => Promise<void>;
  readonly #over = Promise.withResolvers<undefined>();
  #holds = 1;
  #owned = true;
  #ended = false;

  constructor(value: T, giveBack: () => Promise<void>) {
    this.value = value;
    this.#giveBack = giveBack;
    this.#over.promise.catch(() => undefined); // perhaps nobody waits for it
  }

  /** Resolves when it is released. Rejects with the error of the release. */
  get over(): Promise<undefined> {
    return this.#over.promise;
  }

  /** Returns a function that ends the hold. Calling it again has no effect. */
  hold(): () => void {
    if (this.#ended) throw new Error('the version is already released');
    this.#holds += 1;
    let held = true;
    return () => {
      if (held) this.#release();
      held = false;
    };
  }

  /** Ends the hold of the owner. Calling it again has no effect. */
  release(): void {
    if (this.#owned) this.#release();
    this.#owned = false;
  }

  /** Releases it now, whoever holds it. Resolves when that is done. */
  async end(): Promise<void> {
    this.#end();
    await this.#over.promise;
  }

  #release(): void {
    this.#holds -= 1;
    if (this.#holds === 0) this.#end();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#giveBack().then(() => {
      this.#over.resolve(undefined);
    }, this.#over.reject);
  }
}
