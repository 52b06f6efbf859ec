import type { Said } from './said.ts';

/** What decided (a rule, a list, the bands), where a policy says so. */
export class DecidedByTally {
  readonly #counts = new Map<string, number>();
  #told = false;

  /** Null if no policy says it. */
  get counts(): Readonly<Record<string, number>> | null {
    return this.#told ? Object.fromEntries(this.#counts) : null;
  }

  add({ score, by }: Said): void {
    if (by === undefined) return;
    this.#told = true;
    for (let row = 0; row < score.length; row++) {
      const name = Number.isNaN(score[row]) ? null : by(row);
      if (name !== null) this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    }
  }
}
