import type { Said } from './said.ts';

/**
 * What one side says about an event: a decision, a score without a decision, no score (with the
 * code), or that it is skipped (with the reason).
 */
export interface Verdict {
  readonly kind: 'decision' | 'scored' | 'unscored' | 'skipped';
  readonly name: string;
}

/** Verdicts as small numbers, the same for both sides. */
export class Verdicts {
  readonly #all: Verdict[] = [];
  readonly #ids = new Map<string, number>();

  get all(): readonly Verdict[] {
    return this.#all;
  }

  id(kind: Verdict['kind'], name: string): number {
    const key = `${kind} ${name}`;
    let id = this.#ids.get(key);
    if (id === undefined) {
      id = this.#all.push({ kind, name }) - 1;
      this.#ids.set(key, id);
    }
    return id;
  }

  /** The verdict of each row. */
  of({ score, names, index, unscored, skipped }: Said): Uint32Array {
    const verdicts = new Uint32Array(score.length);
    const ids = index === null ? [this.id('scored', '')] : names.map(this.#decision);
    for (let row = 0; row < verdicts.length; row++)
      if (!Number.isNaN(score[row])) verdicts[row] = ids[index === null ? 0 : index[row]!]!;
    for (const { row, reason } of skipped) verdicts[row] = this.id('skipped', reason);
    for (const { row, code } of unscored) verdicts[row] = this.id('unscored', code);
    return verdicts;
  }

  readonly #decision = (name: string): number => this.id('decision', name);

  isScored(id: number): boolean {
    const { kind } = this.#all[id]!;
    return kind === 'decision' || kind === 'scored';
  }
}
