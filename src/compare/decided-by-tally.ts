import type { Outcome } from '../flow/outcome.ts';

/** What decided (a rule, a list, the bands), where a policy says so. */
export class DecidedByTally {
  readonly #counts = new Map<string, number>();
  #told = false;

  /** Null if no policy says it. */
  get counts(): Readonly<Record<string, number>> | null {
    return this.#told ? Object.fromEntries(this.#counts) : null;
  }

  add({ fates, decisions }: Outcome): void {
    const by = decidedByOf(decisions);
    if (by === undefined) return;
    this.#told = true;
    for (let row = 0; row < fates.rows; row++) {
      if (!fates.isAlive(row)) continue;
      const name = by(row);
      this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    }
  }
}

/** What decided about a row; undefined if the policy does not say it. */
export function decidedByOf(
  decisions: Outcome['decisions'],
): ((row: number) => string) | undefined {
  if (decisions === null || decisions.index === null) return undefined;
  const { deciders, decidedBy } = decisions;
  if (deciders.length === 0) return undefined;
  return (row) => deciders[decidedBy === null ? 0 : decidedBy[row]!]!;
}
