import { SKIP_REASONS } from '../flow/fates.ts';
import type { Outcome } from '../flow/outcome.ts';

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
  of({ fates, decisions }: Outcome): Uint32Array {
    const verdicts = new Uint32Array(fates.rows);
    if (decisions !== null && fates.alive > 0) {
      const { names, index } = decisions;
      const ids = index === null ? [this.id('scored', '')] : names.map(this.#decision);
      for (let row = 0; row < verdicts.length; row++)
        if (fates.isAlive(row)) verdicts[row] = ids[index === null ? 0 : index[row]!]!;
    }
    for (const [state, reason] of SKIP_REASONS) {
      if (fates.skippedFor(state) === 0) continue;
      const id = this.id('skipped', reason);
      fates.state.forEach((own, row) => {
        if (own === state) verdicts[row] = id;
      });
    }
    for (const { row, code } of fates.rejects) verdicts[row] = this.id('unscored', code);
    return verdicts;
  }

  readonly #decision = (name: string): number => this.id('decision', name);

  isScored(id: number): boolean {
    const { kind } = this.#all[id]!;
    return kind === 'decision' || kind === 'scored';
  }
}
