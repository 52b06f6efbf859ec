/**
 * Something that is given back when nobody uses it any more: a version of a model stays open until
 * no batch holds it. It is made with one hold, its owner's.
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
    this.#over.promise.catch(() => undefined); // nobody may wait for it
  }

  /** Resolves when it was given back; rejects with what that fails with. */
  get over(): Promise<undefined> {
    return this.#over.promise;
  }

  /** Answers what ends the hold. Ending it once more does nothing. */
  hold(): () => void {
    if (this.#ended) throw new Error('the version is already released');
    this.#holds += 1;
    let held = true;
    return () => {
      if (held) this.#release();
      held = false;
    };
  }

  /** Ends the owner's hold. Ending it once more does nothing. */
  release(): void {
    if (this.#owned) this.#release();
    this.#owned = false;
  }

  /** Gives it back now, whoever holds it; resolves when that has happened. */
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
